"""The signs that sentences are written with, in Chinese and in English, and how a text is cut into them. No torch.

Names, titles and places are read sign by sign; a fixed word of the patterns is one sign. Sign 0 is any unknown one, and nothing.
"""

from __future__ import annotations

from engine.language.bilingual import Bilingual, Word

_SURNAMES = "王Wang 李Li 张Zhang 刘Liu 陈Chen 杨Yang 赵Zhao 黄Huang 周Zhou 吴Wu 徐Xu 孙Sun"
_GIVEN = (
    "伟Wei 芳Fang 娜Na 敏Min 静Jing 莉Lili 强Qiang 磊Lei 军Jun 荣Rong 勇Yong 艳Yan 杰Jie 娟Juan 涛Tao 明Ming 超Chao 秀Xiu 霞Xia 平Ping "
    "刚Gang 桂Gui 英Ying 华Hua 玉Yu 墨Mo 红Hong 玲Ling 飞Fei 波Bo 斌Bin 芸Yun 浩Hao 凯Kai 健Jian 驰Chi 帆Fan 雪Xue 梅Mei 琳Lin"
)
_TITLES = (
    "天Sky 海Sea 山Hill 风Wind 雨Rain 火Fire 花Flower 月Moon 星Star 夜Night 春Spring 夏Summer 秋Autumn 冬Winter 梦Dream 影Shadow 光Light "
    "路Road 桥Bridge 城City 国Country 帝Emperor 剑Sword 马Horse 龙Dragon 虎Tiger 鸟Bird 鱼Fish 树Tree 草Grass 石Stone 金Gold 银Silver 铁Iron "
    "书Book 歌Song 舞Dance 酒Wine 茶Tea 心Heart 情Love 泪Tears 声Voice 家Home 门Door 窗Window 船Boat 雾Mist 沙Sand 云Cloud"
)
_PLACES = (
    "东East 西West 南South 北North 上Upper 下Lower 新New 老Old 大Great 小Little 青Green 白White "
    "江River 湖Lake 港Haven 州Shire 镇Town 村Village 谷Valley 岛Island 岭Ridge 泉Well 原Plain 湾Bay"
)
_WORDS = "《/“ 》/” ，/, ：/: 、/and 。/. 导演/director 主演/starring 作者/author 出版/publisher 生于/born 兼/also 自传/memoir 社/Press"


def _pairs(entries: str) -> list[Word]:
    parted = (entry.partition("/") if "/" in entry else (entry[0], "", entry[1:]) for entry in entries.split())
    return [(en, zh) for zh, _, en in parted]


_KINDS = [_pairs(part) for part in (_SURNAMES, _GIVEN, _TITLES, _PLACES, _WORDS)]
SIGNS = [("□", "□"), *(sign for kind in _KINDS for sign in kind)]
_FIRST = [1 + sum(map(len, _KINDS[:k])) for k in range(len(_KINDS))]
SURNAMES, GIVEN, TITLES, PLACES, _ = (
    tuple(range(first, first + len(kind))) for first, kind in zip(_FIRST, _KINDS, strict=True)
)
OPEN, CLOSE, COMMA, COLON, AND, STOP, DIRECTOR, STAR, AUTHOR, PUBLISHER, BORN, ALSO, MEMOIR, PRESS = range(
    _FIRST[4], _FIRST[4] + 14
)
_LANGUAGE = Bilingual(SIGNS, {"(": OPEN, ")": CLOSE})
spoken = _LANGUAGE.spoken


def cut(text: str) -> tuple[list[str], list[int]]:
    """A line as its signs, as they are written, and their numbers (0: unknown). A plain quotation mark opens and closes in turn."""
    pieces: list[str] = []
    numbers: list[int] = []
    inside = False
    for piece, number in _LANGUAGE.cut(text):
        pieces.append(piece)
        if piece == '"':
            number, inside = (CLOSE if inside else OPEN), not inside
        numbers.append(number)
    return pieces, numbers
