"""The lab of text matching read by NumPy: the whole network, what it is judged by, and the steps of the pretraining."""

import math
from functools import partial
from itertools import product

import numpy as np
import pytest
import torch
from scipy.special import erf, expit, log_softmax, softmax

import engine
from engine.language.text_matching import pretraining
from engine.language.text_matching.masking import batch_of, errors, hide, turned
from engine.language.text_matching.network import Bert
from engine.language.text_matching.params import MASK, NO, PAD, UNK, YES, TextMatchingParams
from engine.language.text_matching.world import NONE, World, plain_corpus, tokens

CPU = torch.device("cpu")
STARTS = ("scratch", "frequency", "oracle")
start = partial(engine.start, "text-matching")


def by_hand(weights: dict[str, np.ndarray], k: int, ids: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logits (length, tokens) of the k-th network for one pair without padding, and the mean attention of its last block."""
    w = {name: part[k].astype(float) for name, part in weights.items()}

    def line(name: str, x: np.ndarray) -> np.ndarray:
        return x @ w[f"{name}.weight"] + w[f"{name}.bias"]

    def norm(name: str, x: np.ndarray) -> np.ndarray:
        apart = x - x.mean(-1, keepdims=True)
        return apart / np.sqrt((apart**2).mean(-1, keepdims=True) + 1e-5) * w[f"{name}.gain"] + w[f"{name}.shift"]

    gelu = lambda x: x * (1 + erf(x / math.sqrt(2))) / 2  # noqa: E731
    x = w["embedding"][ids] + w["segments"][second] + w["positions"][: len(ids)]
    looks = np.empty(0)
    for block in ("blocks.0", "blocks.1"):
        parts = np.split(line(f"{block}.read", norm(f"{block}.before", x)), 3, axis=-1)
        q, key, v = (part.reshape(len(ids), 4, 8).swapaxes(0, 1) for part in parts)
        looks = softmax(q @ key.swapaxes(1, 2) / math.sqrt(8), axis=-1)
        x = x + line(f"{block}.write", (looks @ v).swapaxes(0, 1).reshape(len(ids), 32))
        x = x + line(f"{block}.down", gelu(line(f"{block}.up", norm(f"{block}.between", x))))
    h = norm("head_norm", gelu(line("dense", norm("last", x))))
    return h @ w["embedding"].T + w["bias"], looks.mean(0)


def weights_of(session, kind: str = "net.") -> dict[str, np.ndarray]:
    return {name.removeprefix(kind): part for name, part in session.weights().items() if name.startswith(kind)}


def test_the_network_is_a_pre_norm_transformer_with_a_tied_head():
    """And `errors` is the cross-entropy of its logits at the guessed places, which know their sentence."""
    random = torch.Generator().manual_seed(11)
    net = Bert(2, 64, random)
    for name, part in net.named_parameters():
        if name.endswith(".weight"):
            assert part.std().item() == pytest.approx(part.shape[1] ** -0.5, rel=0.1), name  # at first
    for table in (net.embedding, net.positions):
        assert table.std().item() == pytest.approx(0.02, rel=0.15)
    with torch.no_grad():
        for part in net.parameters():  # so that gains, shifts and biases matter, and both networks differ
            part += 0.3 * torch.randn(part.shape, generator=random)
    weights = {name: part.detach().numpy() for name, part in net.named_parameters()}
    world = World(TextMatchingParams(), 1)
    ids, second = map(torch.from_numpy, tokens(world.test.words[:6], world.table))
    shown, hidden = hide(ids, 0.4, 64, random)
    labels = torch.tensor([1, 0, -1, 1, -1, 0])
    with torch.no_grad():
        logits = net.logits(net(ids, second)).unflatten(1, ids.shape).numpy()
        looks, error = net.attention(ids, second).numpy(), errors(net, batch_of(ids, second, labels, hidden, shown)).numpy()
    wanted = [[], []]
    for k, row in product(range(2), range(6)):
        length = int((ids[row] != PAD).sum())
        one, seen = (part[row, :length].numpy() for part in (ids, second))
        expected, look = by_hand(weights, k, one, seen)
        assert np.allclose(logits[k, row, :length], expected, atol=1e-4 * np.abs(expected).max())
        assert np.allclose(looks[k, row, :length, :length], look, atol=1e-5)
        told = log_softmax(by_hand(weights, k, shown[row, :length].numpy(), seen)[0], axis=-1)
        wanted[k] += [-told[0, NO + labels[row]]] * int(labels[row] >= 0)
        wanted[k] += [-told[at, ids[row, at]] for at in np.flatnonzero(hidden[row].numpy())]
    assert np.allclose(error, wanted, atol=2e-4)


def test_a_frame_tells_what_its_networks_say_of_the_test_text(monkeypatch):
    """Every start's scores and losses, and the guesses and the attention of the start that is looked at, before and now."""
    monkeypatch.setattr(pretraining, "_made", {})
    monkeypatch.setattr(pretraining, "STEPS", 2)
    session = start({"starts": STARTS, "looked": "frequency", "pair": 7, "hidden": 2}, seed=3)
    session.run(parts=1)
    first, frame = weights_of(session), session.advance(steps=25)
    weights, model, labels = weights_of(session), session._model, frame.arrays["test_labels"]
    written = zip(*tokens(model.world.test.words, model.world.table), strict=True)
    pairs = [(row[row > 0], other[row > 0]) for row, other in written]
    hidden = model.test[1]
    places = [(int(at) // hidden.ids.shape[1], int(at) % hidden.ids.shape[1]) for at in hidden.at]
    assert len(hidden.ids) == 250 and [pairs[row][0][at] for row, at in places] == hidden.wanted.tolist()
    covered = [ids.copy() for ids, _ in pairs[:250]]
    for row, at in places:
        covered[row][at] = MASK
    words = sum(int((ids >= NONE).sum()) for ids, _ in pairs[:250])
    assert abs(len(places) - 0.15 * words) < 4 * math.sqrt(0.15 * 0.85 * words)
    for k, name in enumerate(STARTS):
        z = np.array([by_hand(weights, k, *pair)[0][0] for pair in pairs])  # at [CLS]
        scores = frame.arrays["scores"][k]
        assert np.allclose(scores, expit(z[:, YES] - z[:, NO]), atol=1e-5) and scores.std() > 1e-4
        answers = -log_softmax(z, axis=-1)[np.arange(1000), NO + labels]
        assert frame.scalars[f"label_loss_{name}"] == pytest.approx(answers.mean(), rel=1e-5)
        above = scores[labels == 1][:, None] - scores[labels == 0]
        assert frame.scalars[f"auc_{name}"] == pytest.approx(((above > 0) + 0.5 * (above == 0)).mean(), abs=1e-12)
        read = [by_hand(weights, k, covered[row], pairs[row][1])[0] for row in range(250)]
        losses = [-log_softmax(read[row][at])[pairs[row][0][at]] for row, at in places]
        assert frame.scalars[f"mlm_loss_{name}"] == pytest.approx(np.mean(losses), rel=1e-5)
    ids, second = pairs[7]
    a, length = frame.arrays, len(ids)
    assert a["shown_tokens"].tolist() == ids.tolist() + [0] * (16 - length)
    assert np.allclose(a["shown_attention"][:length, :length], by_hand(weights, 1, ids, second)[1], atol=1e-5)
    asked = np.where(np.arange(length) == 2, MASK, ids)
    for then, found, chances in zip((first, weights), a["guess_tokens"], a["guess_shares"], strict=True):
        share = softmax(by_hand(then, 1, asked, second)[0][2])
        assert found.tolist() == np.argsort(-share)[:5].tolist() and np.allclose(chances, np.sort(share)[:-6:-1], atol=1e-5)


def test_before_the_pretraining_the_network_from_scratch_is_that_of_step_0(monkeypatch):
    monkeypatch.setattr(pretraining, "_made", {})
    monkeypatch.setattr(pretraining, "STEPS", 1)
    session = start({"starts": ("scratch", "random")}, seed=5)
    early, then = session.look().scalars, session.advance(parts=1).scalars
    assert [early[f"{name}_scratch"] for name in ("label_loss", "mlm_loss")] == pytest.approx(
        [then[f"{name}_scratch"] for name in ("label_loss", "mlm_loss")], rel=1e-6
    )
    assert math.isnan(early["mlm_loss_random"]) and math.isfinite(then["mlm_loss_random"])


def test_yes_and_no_begin_as_unknown_whatever_their_rows_were():
    """In a pretraining nobody meets any of the three, so that their rows stay alike; here they are not."""
    model, plain = start({"starts": ("random", "oracle")})._model, Bert(1, 64, torch.Generator().manual_seed(13))
    with torch.no_grad():
        for table in (plain.embedding, plain.bias):
            table += torch.randn(table.shape, generator=torch.Generator().manual_seed(14))
    model.take_over(plain)
    for table, read in ((model.net.embedding, plain.embedding[0]), (model.net.bias, plain.bias[0])):
        assert (table[:, [NO, YES]] == read[UNK]).all() and (table[:, :NO] == read[:NO]).all()


def test_training_reads_all_text_and_the_labels_of_training_pairs_alone():
    for settings, train in (({"labels": 50}, 50), ({"labels": 2000, "training": "labels"}, 2000)):
        model = start({"starts": ("scratch",)} | settings, seed=2)._model
        world = model.world
        for ways, words in ((model.train, world.train.words[:train]), (model.text, world.text.words)):
            for way, both in zip(ways.numpy(), (words, words[:, ::-1]), strict=True):
                assert (way == np.stack(tokens(both, world.table))).all()
        assert model.labels.tolist() == world.train.labels[:train].tolist() and model.text.shape[2] == 3000


def test_the_first_step_of_the_pretraining_goes_down_both_losses():
    """Adam's first step is its rate against the sign of the gradient: of hidden words' loss plus that of “same or not”."""
    made = pretraining.Pretraining(4, 1.0, CPU)
    random = torch.Generator()
    random.set_state(made.random.get_state())
    chosen = torch.randint(8000, (64,), generator=random)
    ids, second = turned(made.both, chosen, random)
    shown, hidden = hide(ids, 0.15, 64, random)
    states = made.net(shown, second).unflatten(1, ids.shape)
    word = -made.net.logits(states[:, hidden])[0].log_softmax(-1).gather(1, ids[hidden][:, None]).mean()
    says, truth = made.same(states[:, :, 0])[0, :, 0], plain_corpus(4, 1.0)[1].labels[chosen.numpy()]
    same = -torch.where(torch.from_numpy(truth) == 1, says.sigmoid(), 1 - says.sigmoid()).log().mean()
    parts = [*made.net.parameters(), *made.same.parameters()]
    slopes, before = torch.autograd.grad(word + same, parts), [part.detach().clone() for part in parts]
    made.step()
    for part, was, slope in zip(parts, before, slopes, strict=True):
        steep = slope.abs() > 1e-5
        assert torch.allclose((part.detach() - was)[steep], -3e-3 * slope[steep].sign(), rtol=0.01)
    assert made.recent == [(pytest.approx(word.item(), rel=1e-5), pytest.approx(0.5, abs=0.2))]


def test_the_pretraining_slows_down_at_its_end_and_its_course_is_of_means(monkeypatch, tmp_path):
    monkeypatch.setenv("LATENT_LAB_DATA", str(tmp_path))
    monkeypatch.setattr(pretraining, "STEPS", 8)
    courses = []
    for every in (1, 4):
        monkeypatch.setattr(pretraining, "EVERY", every)
        made = pretraining.Pretraining(0, 1.0, CPU)
        assert [made.adam.param_groups[0]["lr"] for _ in made.steps()] == [3e-3] * 7 + [1.5e-3]
        courses.append(made.course)
    assert courses[1][:, 0].tolist() == [4, 8]
    assert np.allclose(courses[1][:, 1:], courses[0][:, 1:].reshape(2, 4, 2).mean(1), rtol=1e-5)


def test_every_seed_has_a_language_and_a_pretraining_of_its_own():
    one, two = (pretraining.Pretraining(seed, 1.0, CPU) for seed in (0, 1))
    assert plain_corpus(0, 1.0)[0] != plain_corpus(1, 1.0)[0] and not torch.equal(one.both, two.both)
    assert not torch.equal(one.net.embedding, two.net.embedding) and not torch.equal(one.same.weight, two.same.weight)
    worlds = [World(TextMatchingParams(hints=3), seed) for seed in (0, 1)]
    for name in ("cipher", "counts", "plain_counts"):
        assert (getattr(worlds[0], name) != getattr(worlds[1], name)).any(), name
    assert set(worlds[0].known.values()) != set(worlds[1].known.values())


def test_a_random_word_is_any_word_and_no_special_token():
    ids = torch.full((400, 400), NONE)
    shown, chosen = hide(ids, 0.5, 9, torch.Generator().manual_seed(12))
    counts = torch.bincount(shown[chosen & (shown != MASK)], minlength=NONE + 10)
    other = counts[NONE + 1 : NONE + 9]  # kept ones are the first word
    assert counts[:NONE].sum() == counts[NONE + 9] == 0 and (other > 0).all()
    assert other.sum().item() == pytest.approx(chosen.sum().item() * 0.1 * 8 / 9, rel=0.05)


def test_words_are_hidden_at_the_rate_that_is_set_now():
    session = start({"starts": ("scratch",), "mask_rate": 0.5})

    def share() -> float:
        batch = session._model.batch(session._model.generator("here"))
        return float((~batch.labelled).sum() / ((batch.ids == MASK) | (batch.ids >= NONE)).sum())

    assert share() == pytest.approx(0.5, abs=0.09)
    session.set(mask_rate=0.1)
    assert share() == pytest.approx(0.1, abs=0.05)
    session.set(mask_rate=0.0)
    assert share() == 0
