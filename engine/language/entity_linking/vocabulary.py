"""What the made-up world is written with, English and Chinese: words of topics, private words, names, and the alias dictionary. No torch."""

from __future__ import annotations

from functools import cache
from itertools import product

_KINDS = "film:电影 song:歌曲 ship:船 village:村庄 horse:赛马 game:游戏 plant:植物 company:公司 star:星体 poem:诗"

# A topic a line, its twelve words each in both languages.
_TOPICS = """
actor:演员 screen:银幕 director:导演 camera:镜头 scene:场景 premiere:首映 cinema:影院 stunt:特技 script:剧本 trailer:预告 studio:片场 role:角色
singer:歌手 chorus:副歌 melody:旋律 album:专辑 guitar:吉他 lyrics:歌词 concert:演唱 radio:电台 drum:鼓点 record:唱片 band:乐队 tune:曲调
captain:船长 harbour:港口 sail:风帆 deck:甲板 anchor:船锚 fleet:舰队 crew:水手 wave:海浪 mast:桅杆 hull:船体 voyage:航程 port:左舷
farmer:农民 hill:山坡 road:土路 church:教堂 field:田地 river:小河 market:集市 mill:磨坊 barn:谷仓 bridge:石桥 county:乡县 valley:山谷
jockey:骑师 race:赛马 stable:马厩 saddle:马鞍 gallop:奔跑 hoof:马蹄 mare:母马 rein:缰绳 foal:马驹 track:跑道 stud:种马 breeder:育种
player:玩家 level:关卡 weapon:武器 monster:怪物 console:主机 quest:任务 score:得分 puzzle:谜题 hero:主角 castle:城堡 sequel:续作 joystick:手柄
leaf:叶子 flower:花朵 seed:种子 garden:花园 root:根系 petal:花瓣 soil:土壤 bloom:开花 stem:茎秆 shade:阴凉 harvest:采收 pot:花盆
shares:股份 factory:工厂 manager:经理 profit:利润 brand:品牌 office:办公 staff:员工 contract:合同 investor:投资 customer:客户 product:产品 merger:并购
orbit:轨道 telescope:望远镜 galaxy:星系 planet:行星 light:光年 sky:夜空 magnitude:星等 giant:巨星 spectrum:光谱 dwarf:矮星 cluster:星团 nebula:星云
verse:诗行 rhyme:押韵 poet:诗人 stanza:诗节 line:诗句 metaphor:隐喻 ode:颂歌 reader:读者 anthology:诗集 metre:格律 elegy:挽歌 sonnet:十四行
"""
_NAMES = (
    "Victory:胜利 Mercury:水星 Aurora:极光 Phoenix:凤凰 Horizon:地平线 Liberty:自由 Hope:希望 Eclipse:日食 Echo:回声 Destiny:命运 "
    "Spring:春天 Winter:冬天 Summer:夏天 Autumn:秋天 Dawn:黎明 Midnight:午夜 Thunder:雷霆 Lightning:闪电 Rainbow:彩虹 Snow:白雪 "
    "Ocean:海洋 Island:岛屿 Mountain:高山 Forest:森林 Desert:沙漠 Meadow:草原 Lake:湖泊 Cloud:云朵 Storm:风暴 Breeze:微风 "
    "Rose:玫瑰 Lily:百合 Iris:鸢尾 Jasmine:茉莉 Lotus:莲花 Maple:枫树 Willow:柳树 Cedar:雪松 Amber:琥珀 Pearl:珍珠 "
    "Diamond:钻石 Crystal:水晶 Silver:白银 Golden:金色 Crown:王冠 Sword:宝剑 Shield:盾牌 Arrow:飞箭 Lion:狮子 Tiger:老虎 "
    "Eagle:雄鹰 Falcon:猎鹰 Dolphin:海豚 Swan:天鹅 Dragon:巨龙 Pioneer:先锋 Freedom:解放 Harmony:和谐 Glory:荣耀 Mirage:幻影"
)
_FIRST = (
    "ka:卡 be:贝 di:迪 fo:佛 gu:古 ha:哈 ji:吉 lo:洛 mu:穆 na:纳 pe:佩 ri:里 so:索 tu:图 va:瓦 we:韦 xi:希 yo:约 za:扎 ci:奇"
)
_SECOND = "lan:兰 mek:梅克 nor:诺 pis:皮斯 rud:鲁德 sal:萨尔 tev:特夫 vin:温 woz:沃兹 yar:亚尔 bal:巴尔 cor:科 dem:登 fen:芬 gil:吉尔 hum:胡姆 jok:约克 kes:凯斯 lum:卢姆 mor:莫"


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(one, two) for one, _, two in (entry.partition(":") for entry in text.split())]


KINDS, TOPIC_WORDS, NAMES = _pairs(_KINDS), _pairs(_TOPICS), _pairs(_NAMES)  # what is spoken of in each topic, ...
PRIVATE = [(a + c, b + d) for (a, b), (c, d) in product(_pairs(_FIRST), _pairs(_SECOND))]
WORDS = [*TOPIC_WORDS, *PRIVATE]  # by number: topic t has 12 t to 12 t + 11, then 400 private ones
COMPOUNDS = [(f"{name[0]} {word[0]}", name[1] + word[1]) for name, word in zip(NAMES[:20], TOPIC_WORDS[::6], strict=True)]
ALIASES = [*NAMES, *TOPIC_WORDS, *COMPOUNDS, *PRIVATE]  # by number, the most frequent first: 600
FILLERS = (("and", "和"), ("of", "的"), ("in", "在"), ("with", "与"), ("then", "又"))


def spoken(entry: tuple[str, str], language: str) -> str:
    """An entry in the reader's language."""
    return entry[1] if language == "zh" else entry[0]


def units(text: str) -> list[str]:
    """A text as the pieces that are never cut: words in other letters, lower case; single Chinese characters; other signs."""
    found: list[str] = []
    joins = False
    for letter in text.lower():
        inside = letter.isalnum() and not "\u2e80" <= letter <= "\u9fff"
        if inside and joins:
            found[-1] += letter
        elif not letter.isspace():
            found.append(letter)
        joins = inside
    return found


@cache
def dictionary() -> dict[tuple[str, ...], int]:
    """Every alias in both languages, as units -> its number."""
    return {tuple(units(entry[side])): k for k, entry in enumerate(ALIASES) for side in (0, 1)}


@cache
def lexicon() -> dict[tuple[str, ...], int]:
    """Every word that a text may have, in both languages, as units -> its number."""
    return {tuple(units(entry[side])): k for k, entry in enumerate(WORDS) for side in (0, 1)}
