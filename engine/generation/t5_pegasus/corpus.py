"""A corpus of which everything is known: documents about a method M and a problem P, their true titles, and its dictionary."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache

import numpy as np

Words = tuple[str, ...]


METHODS, PROBLEMS, FILLERS = (tuple(words.split()) for words in (
    "注意力机制 生成模型 卷积网络 循环网络 图网络 变分推断 强化学习 迁移学习 对比学习 元学习 蒸馏 剪枝 量化 束搜索 决策树 随机森林 "
    "核方法 高斯过程 主成分分析 集成学习 自编码器 数据增强 扩散模型 指针网络",
    "文本摘要 机器翻译 情感计算 阅读理解 命名实体 关系抽取 意图识别 语音合成 图像分类 目标检测 人脸比对 推荐 异常报警 时间序列 药物发现 "
    "蛋白质折叠 天气预报 路径规划 信用评分 广告点击 问答 纠错 拼音输入 聚类",
    "研究生 今天 天气 我们 同时 一些 许多 城市 历史 音乐 学校 老师 朋友 周末 电影 咖啡 春天 河流 山谷 故事 新闻 市场 价格 消息 假期 旅行 "
    "火车 早晨 窗外 花园 厨房 邻居 比赛 球队 歌曲 画家 小说 海边 书店 夜晚",
))  # fmt: skip
TEMPLATES = ("针对 P 问题", "提出 M 方法", "M 用于 P", "实验 表明 M 有效", "P 难点", "研究 M")
TITLE = "基于 M 的 P"
COMMON = sorted({word for line in (*TEMPLATES, TITLE) for word in line.split()} - {"M", "P"})
VOCABULARY = (*METHODS, *PROBLEMS, *FILLERS, *COMMON)
DOCUMENTS, TESTED, SENTENCES = 3000, 300, 8  # to train on; to test on; in each


@dataclass(frozen=True)
class Document:
    """Sentences as words, and what they are about."""

    sentences: tuple[Words, ...]
    method: str
    problem: str

    @property
    def title(self) -> Words:
        return written(TITLE, self.method, self.problem)

    @property
    def text(self) -> str:
        """As a reader would meet it: no blanks, 。 behind every sentence."""
        return "".join("".join(sentence) + "。" for sentence in self.sentences)


def written(template: str, method: str, problem: str) -> Words:
    """A template with its terms put in."""
    return tuple({"M": method, "P": problem}.get(word, word) for word in template.split())


def document(random: np.random.Generator, keys: int) -> Document:
    """`keys` sentences of different templates and as many of 3 or 4 filler words as make eight, shuffled."""
    method, problem = METHODS[random.integers(len(METHODS))], PROBLEMS[random.integers(len(PROBLEMS))]
    sentences = [written(TEMPLATES[k], method, problem) for k in random.permutation(len(TEMPLATES))[:keys]]
    for _ in range(SENTENCES - keys):
        sentences.append(tuple(FILLERS[k] for k in random.integers(len(FILLERS), size=random.integers(3, 5))))
    return Document(tuple(sentences[k] for k in random.permutation(SENTENCES)), method, problem)


@cache
def corpus(seed: int, keys: int) -> tuple[Document, ...]:
    """The documents of a run: the first DOCUMENTS to train on, TESTED more to test on."""
    random = np.random.default_rng([seed, 8209])
    return tuple(document(random, keys) for _ in range(DOCUMENTS + TESTED))


@cache
def dictionary() -> dict[str, int]:
    """Every word of the corpus and of its titles, with how often it stands there (seed 0), the most frequent first."""
    count = Counter(word for one in corpus(0, 4) for sentence in (*one.sentences, one.title) for word in sentence)
    return dict(count.most_common())
