"""What a sample of the gallery is, the words it uses in Chinese, and the numbers that several draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.core.picture import Picture, Style

SAMPLES: list[Sample] = []
CHINESE = {
    "position t": "位置 t",
    "accuracy": "准确率",
    "teacher forcing": "教师强制",
    "free running": "自由运行",
    "chance 1/m": "随机水平 1/m",
    "query": "查询",
    "key": "键",
    "attention": "注意力",
    "count": "频数",
    "density": "密度",
    "value x": "数值 x",
    "measured": "测得",
    "theory": "理论",
    "upper bound": "上界",
    "lower bound": "下界",
    "a long name of a method": "名称很长的一种方法",
    "another method": "另一种方法",
    "step": "步",
    "loss (nats)": "损失（nats）",
    "threshold": "阈值",
    "energy": "能量",
    "inside": "训练长度之内",
    "outside": "训练长度之外",
    "the best path": "最优路径",
    "height": "高度",
    "sentence": "句子",
}


@dataclass(frozen=True)
class Sample:
    """One picture of the gallery."""

    name: str
    about: str
    draw: Callable[[Style], Picture]
    height: int = 300


def chinese(text: str) -> str:
    """The sample's words in Chinese."""
    return CHINESE.get(text, text)


def sample(about: str, height: int = 300) -> Callable[[Callable[[Style], Picture]], Callable[[Style], Picture]]:
    """Put the picture that a function draws into the gallery, under the function's name."""

    def add(draw: Callable[[Style], Picture]) -> Callable[[Style], Picture]:
        SAMPLES.append(Sample(draw.__name__, about, draw, height))
        return draw

    return add


def random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def relief() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, y = np.linspace(-3, 3, 61), np.linspace(-2, 2, 41)
    u, v = np.meshgrid(x, y)
    return x, y, np.exp(-((u - 1) ** 2) - v**2) + 0.7 * np.exp(-((u + 1.2) ** 2) - 2 * (v - 0.3) ** 2) - 0.1 * u
