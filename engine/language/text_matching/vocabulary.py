"""What the readable text is written with, English and Chinese: two words for each of thirty concepts, and four fillers. No torch."""

from __future__ import annotations

from engine.language.text_matching.params import CONCEPTS, SPECIALS, SYNONYMS

# Both words of a concept, the usual one first.
_CONCEPTS = """
buy:买 purchase:购买 | phone:手机 mobile:电话 | price:价格 cost:费用 | open:打开 unlock:解锁 | send:发送 mail:寄出
music:音乐 song:歌曲 | quick:快 fast:迅速 | weather:天气 forecast:气象 | film:电影 movie:影片 | fix:修 repair:修理
hotel:酒店 inn:旅馆 | food:食物 meal:饭菜 | car:汽车 auto:轿车 | doctor:医生 physician:大夫 | photo:照片 picture:图片
child:孩子 kid:小孩 | begin:开始 start:启动 | street:街 road:路 | happy:高兴 glad:愉快 | home:家 house:房子
job:工作 work:上班 | clothes:衣服 dress:服装 | talk:谈 chat:聊天 | ill:生病 sick:不适 | money:钱 cash:现金
teach:教 instruct:讲授 | boat:船 ship:轮船 | story:故事 tale:传说 | near:附近 close:旁边 | big:大 large:巨大
"""
_FILLERS = "please:请 now:现在 my:我的 again:再"


def _words(text: str) -> list[tuple[str, str]]:
    return [(one, two) for one, _, two in (entry.partition(":") for entry in text.replace("|", " ").split())]


WORDS = [*_words(_CONCEPTS), *_words(_FILLERS)]  # by number: concept c has 2 c and 2 c + 1


def spoken(word: int, language: str) -> str:
    """A plain word in the reader's language; [UNK] for −1."""
    return SPECIALS[1] if word < 0 else WORDS[word][language == "zh"]


def concept(word: int) -> int:
    """The concept of a word; −1 for fillers and what is no word."""
    number = word // len(SYNONYMS)
    return number if 0 <= number < CONCEPTS else -1
