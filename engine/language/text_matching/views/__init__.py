from engine.core.topic import View
from engine.core.picture import Picture, Style
VIEWS=(View("curves","a","b",lambda t,s: None),)
