"""The lab of extracting triples: spans, tags, counts, loss and queries against brute force, torch and scikit-learn."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import precision_recall_fscore_support
from torch.nn import functional

from engine.language.dgcnn import Gated, measured_field
from engine.language.dgcnn_extraction import theory, vocabulary
from engine.language.dgcnn_extraction.batches import Labels, drawn, parts, repaired
from engine.language.dgcnn_extraction.network import Tagger, tag_loss
from engine.language.dgcnn_extraction.params import PATTERNS, PREDICATES, RATES, DgcnnExtractionParams
from engine.language.dgcnn_extraction.reading import holds, links, read
from engine.language.dgcnn_extraction.world import World, sentences, write
from engine.language.dilation import receptive_field


@pytest.fixture(scope="module")
def world():
    return World.draw(DgcnnExtractionParams(sentences=300), 0)


def perfect(truth):
    """Subject tags (n, 2, L), and for each sentence a table from a subject to its object tags (2, P, L), of true triples."""
    subjects = np.zeros((len(truth.length), 2, truth.signs.shape[1]))
    objects = {}
    for row, i, j, predicate, first, last in truth.triples.tolist():
        subjects[row, 0, i] = subjects[row, 1, j] = 1
        tags = objects.setdefault((row, i, j), np.zeros((2, len(PREDICATES), truth.signs.shape[1])))
        tags[0, predicate, first] = tags[1, predicate, last] = 1
    return subjects, objects


def test_nearest_ends_give_back_exactly_what_six_allows():
    """All 575 sets of one to three spans of five places."""
    sets = theory.span_sets()
    tags = np.array([theory.tags(spans, 5) for spans in sets])
    decoded = theory.decode(tags[:, 0], tags[:, 1])
    back = [set() for _ in sets]
    for row, first, last in decoded.tolist():
        back[row].add((first, last))
    assert len(sets) == 575
    assert [found == set(spans) for found, spans in zip(back, sets, strict=True)] == list(map(theory.recovered, sets))


def test_a_start_without_an_end_gives_nothing_and_thresholds_are_not_reached_by_equal_tags():
    start, end = np.array([[0.6, 0.0, 0.9, 0.8]]), np.array([[0.0, 0.4, 0.41, 0.0]])
    assert theory.decode(start, end).tolist() == [[0, 0, 2], [0, 2, 2]]
    assert theory.decode(start, end, 0.6, 0.3).tolist() == [[0, 2, 2]]


def test_one_reading_knows_what_all_thresholds_find():
    """`candidates` and the map of F1 against decoding at each pair of thresholds."""
    random = np.random.default_rng(0)
    start, end = random.random((2, 40, 9))
    start[20:], end[20:] = (np.round(20 * tags[20:]) / 20 for tags in (start, end))  # many of them as high as a threshold
    spans, where = theory.candidates(start, end)
    gold = np.array([[row, i, min(i + 2, 8)] for row in range(40) for i in (1, 4)])
    right = np.isin(theory.keys(spans), theory.keys(gold))
    relief = theory.f1_map(where, right, len(gold))
    for i, low in enumerate(theory.GRID):
        for j, high in enumerate(theory.GRID):
            found = theory.decode(start, end, low, high)
            assert set(map(tuple, spans[holds(where, (low, high))].tolist())) == set(map(tuple, found.tolist()))
            assert relief[i, j] == pytest.approx(theory.scores(*theory.counted(gold, found))[2])


def test_counts_are_those_of_scikit_learn_and_empty_sets_are_as_stated():
    random = np.random.default_rng(1)
    for _ in range(20):
        gold, found = (np.unique(random.integers(0, 3, (random.integers(1, 12), 6)), axis=0) for _ in range(2))
        union = np.unique(np.concatenate([gold, found]), axis=0)
        truth, guess = (np.isin(theory.keys(union), theory.keys(part)) for part in (gold, found))
        known = precision_recall_fscore_support(truth, guess, average="binary", zero_division=0)
        assert theory.scores(*theory.counted(gold, found)) == pytest.approx(known[:3])
    assert theory.scores(0, 0, 3) == theory.scores(0, 3, 0) == (0, 0, 0) and theory.scores(0, 0, 0) == (1, 1, 1)
    assert pytest.approx(0.8807, abs=1e-4) == 2 * 0.8939 * 0.8679 / (0.8939 + 0.8679)  # the article's own


def test_the_loss_is_torchs_and_padding_changes_neither_loss_nor_tags(world):
    longest = world.test.length[:6].max()  # one sentence fills its row: what is told past the end would be seen
    signs, real = (torch.from_numpy(part[:6, :longest]) for part in (world.test.signs, world.test.real))
    net = Tagger(torch.Generator().manual_seed(0), RATES["mixed"])
    net.joined_bias.data += 0.3  # biases of zero would hide a mask that is missing
    for bias in net.gated.biases:
        bias.data += 0.2
    first, last = torch.tensor([1, 2, 1, 3, 1, 1]), torch.tensor([3, 4, 3, 5, 2, 3])
    wanted = (torch.rand(6, 2, signs.shape[1], generator=torch.Generator().manual_seed(1)) < 0.2).float()
    assert net.subject_bias.tolist() == [-3.0] * 2 and net.object_bias.tolist() == [-3.0] * 10 and not net.embedding[0].any()
    tags = net.subjects(net.read(signs, real))
    weight = real[:, None].float().expand(-1, 2, -1)
    known = functional.binary_cross_entropy(torch.sigmoid(tags).mT, wanted, weight, reduction="sum") / real.sum()
    torch.testing.assert_close(tag_loss(tags.mT, wanted, real), known, atol=1e-6, rtol=1e-6)
    longer, there = functional.pad(signs, (0, 7)), functional.pad(real, (0, 7))
    h, k = net.read(signs, real), net.read(longer, there)
    objects, again = net.objects(h, real, first, last), net.objects(k, there, first, last)
    where = real[:, None, None].expand_as(objects)
    assert (objects - again[..., : signs.shape[1]])[where].abs().max() < 1e-5
    more = tag_loss(net.subjects(k).mT, functional.pad(wanted, (0, 7), value=1.0), there)
    torch.testing.assert_close(more, known, atol=1e-6, rtol=1e-6)


def test_subjects_are_asked_about_by_3_one_by_one_or_together_in_any_order(world):
    net = Tagger(torch.Generator().manual_seed(0), RATES["mixed"])
    net.places.data += 0.1 * torch.randn(net.places.shape, generator=torch.Generator().manual_seed(1))
    length = world.test.length[0]
    signs, real = (torch.from_numpy(part[:1, :length]) for part in (world.test.signs, world.test.real))
    h = net.read(signs, real)
    torch.testing.assert_close(h, net.gated(net.embedding[signs] + net.places[:length], real))
    first, last = torch.tensor([1, 2, 5]), torch.tensor([3, 4, 7])
    together = net.objects(h.expand(3, -1, -1), real.expand(3, -1), first, last)
    told = torch.cat([h[0, 2], h[0, 4]]) @ net.ends + sum(net.places[(torch.arange(length) - end).abs()] for end in (2, 4))

    def by_hand(told):
        wide = functional.pad(torch.cat([h[0], told], -1), (0, 0, 1, 1)).unfold(0, 3, 1)
        z = torch.relu(torch.einsum("tck,dck->td", wide, net.joined) + net.joined_bias)
        return (z @ net.object + net.object_bias).T.unflatten(0, (2, 5))

    torch.testing.assert_close(together[1], by_hand(told), atol=1e-4, rtol=1e-5)
    for order in ([0, 1, 2], [2, 0, 1]):
        alone = torch.cat([net.objects(h, real, first[k : k + 1], last[k : k + 1]) for k in order])
        assert (together[order] - alone).abs().max() < 1e-6
    net.condition = False
    blind = net.objects(h.expand(3, -1, -1), real.expand(3, -1), first, last)
    assert torch.equal(blind[0], blind[1])
    torch.testing.assert_close(blind[1], by_hand(torch.zeros_like(told)), atol=1e-4, rtol=1e-5)


def test_gold_tags_decode_to_gold_triples_exactly_where_six_holds(world):
    """The whole chain, sentence by sentence; spans that overlap are lost only within one channel."""
    subjects, objects = perfect(world.test)
    for row in range(60):
        found = set()
        for _, i, j in theory.decode(subjects[row : row + 1, 0], subjects[row : row + 1, 1]).tolist():
            tags = objects.get((row, i, j), np.zeros((2, len(PREDICATES), subjects.shape[-1])))
            found |= {(i, j, *triple) for triple in map(tuple, theory.decode(tags[0], tags[1]).tolist())}
        gold = {tuple(triple) for triple in world.test.triples[world.test.triples[:, 0] == row, 1:].tolist()}
        channels = {(i, j, p): [t[3:] for t in gold if t[:3] == (i, j, p)] for i, j, p, *_ in gold}
        allowed = theory.recovered({t[:2] for t in gold}) and all(map(theory.recovered, channels.values()))
        assert found == gold and allowed  # the six patterns are all of them within reach


@pytest.mark.parametrize(("rates", "field"), [(RATES["mixed"], 33), (RATES["ones"], 13), ((1, 2, 5) * 3 + (1,) * 3, 55)])
def test_receptive_fields_by_gradients(rates, field):
    gated = Gated(torch.Generator().manual_seed(0), 6, rates)
    assert receptive_field(rates) == field == measured_field(gated, torch.Generator().manual_seed(1))


def test_without_the_question_an_otherwise_perfect_model_has_two_thirds_in_two_patterns(world):
    gold = world.test.triples
    union = np.array(sorted({(row, *subject, *triple[3:]) for row in range(len(world.test.length))
        for subject in {tuple(t[1:3]) for t in gold[gold[:, 0] == row].tolist()} for triple in gold[gold[:, 0] == row].tolist()}))  # fmt: skip
    assert theory.by_pattern(gold, union, world.test.pattern, PATTERNS) == pytest.approx([1, 1, 1, 1, 2 / 3, 2 / 3])


def test_no_sentence_of_the_test_was_learned_from():
    drawn = World.draw(DgcnnExtractionParams(sentences=400), 0)  # as many as there are to test on
    known, new = ({tuple(row[row > 0].tolist()) for row in part.signs} for part in (drawn.train, drawn.test))
    assert len(new) == 400 and not known & new


def test_labels_batches_and_their_repair(world):
    triples = np.array([[0, 1, 2, 0, 5, 6], [0, 1, 2, 1, 8, 9], [0, 4, 6, 0, 8, 9], [2, 0, 1, 3, 4, 5]])
    labels = Labels(triples, 10)
    assert labels.rows.tolist() == [0, 2] and Labels(triples, 10, np.array([False, True, True])).rows.tolist() == [2]
    pairs = {drawn(labels.of[0], (a, b), True) for a in (0.0, 0.9) for b in (0.0, 0.9)}
    assert pairs == {(1, 2), (1, 6), (4, 6)} and {drawn(labels.of[0], (a, 0.9), False) for a in (0.0, 0.9)} == {(1, 2), (4, 6)}
    asked, union = (labels.batch(np.random.default_rng(3), condition, False) for condition in (True, False))
    for k, row in enumerate(asked.rows.tolist()):
        here = triples[triples[:, 0] == row]
        mine = here[(here[:, 1] == asked.first[k]) & (here[:, 2] == asked.last[k])]
        for side in (0, 1):
            assert np.flatnonzero(asked.subjects[k, side]).tolist() == sorted(set(here[:, 1 + side].tolist()))
            for tags, whose in ((asked, mine), (union, here)):
                assert np.argwhere(tags.objects[k, side]).tolist() == sorted(whose[:, [3, 4 + side]].tolist())
    wrong = labels.batch(np.random.default_rng(3), True, True)
    none = (wrong.first == 1) & (wrong.last == 6)  # no subject: nothing is to be tagged
    assert none.any() and not wrong.objects[none].any() and wrong.objects[~none].any((1, 2, 3)).all()
    assert drawn([[3, 3, 0, 5, 6]], (0.0, 0.0), True) == (3, 3)
    new = [2, 0, 1, 4, 7, 8]
    votes = [np.array([*triples[[0, 3]].tolist(), new, [2, 0, 1, 4, 8, 8]]), np.array([triples[1].tolist(), new])]
    assert repaired(triples, votes).tolist() == [*triples[[0, 1, 3]].tolist(), new]  # found by none: gone; by one: not added
    assert world.kept_share == pytest.approx(0.7, abs=0.05)
    assert parts(5, 3).astype(int).tolist() == [[0, 1, 1, 0, 1], [1, 0, 1, 1, 0], [1, 1, 0, 1, 1]]
    few = World(
        replace(world.train, triples=triples), triples[:1], world.test
    )  # sentence 2 keeps nothing: it is not trained on
    assert few.kept_share == 1 / 4 and few.kept_subjects == 1 / 2


def test_every_true_triple_is_found_or_has_a_first_broken_link(world):
    net = Tagger(torch.Generator().manual_seed(0), RATES["ones"])
    reading = read(net, world.test.signs, world.test.real)
    past = ~world.test.real
    assert not np.moveaxis(reading.subject_tags, -1, 1)[past].any() and past.any()  # past the text there is no tag
    assert not np.moveaxis(reading.object_tags, -1, 1)[past[reading.subjects[:, 0]]].any() and len(reading.subjects)
    row, first, last = world.test.triples[:, :3].T
    for at in ((0.05, 0.05), (0.1, 0.05)):
        counts = links(reading, world.test.triples, at)
        found = np.isin(theory.keys(world.test.triples), theory.keys(reading.found(at))).sum()
        assert counts.sum() == len(world.test.triples) and counts[0] == found
        tagged = (reading.subject_tags[row, 0, first] > at[0]) & (reading.subject_tags[row, 1, last] > at[1])
        assert counts[1] == (~tagged).sum() > 0


def test_the_first_broken_link_is_that_of_the_tags_one_by_one(world):
    net = Tagger(torch.Generator().manual_seed(0), RATES["ones"])
    net.subject_bias.data += 3
    net.object_bias.data += 3
    reading = read(net, world.test.signs, world.test.real)
    number = {subject: k for k, subject in enumerate(map(tuple, reading.subjects.tolist()))}
    for at in ((0.5, 0.4), (0.4, 0.55)):
        subjects = theory.decode(*reading.subject_tags.transpose(1, 0, 2), *at)
        whose, found = (set(map(tuple, part.tolist())) for part in (subjects, reading.found(at)))
        counts = [0] * 5
        for row, i, j, predicate, begin, end in map(tuple, world.test.triples.tolist()):
            begins, ends = reading.subject_tags[row]
            broken = [begins[i] <= at[0] or ends[j] <= at[1], (row, i, j) not in whose]
            if not any(broken):
                start, stop = reading.object_tags[number[row, i, j], :, predicate]
                broken += [start[begin] <= at[0] or stop[end] <= at[1], (row, i, j, predicate, begin, end) not in found]
            counts[broken.index(True) + 1 if any(broken) else 0] += 1
        assert links(reading, world.test.triples, at).tolist() == counts and min(counts[1:]) > 0


def test_any_thresholds_find_what_decoding_twice_finds(world):
    net = Tagger(torch.Generator().manual_seed(0), RATES["ones"])
    net.subject_bias.data += 3
    net.object_bias.data += 3
    signs, real = world.test.signs[:6], world.test.real[:6]
    reading = read(net, signs, real)
    texts, there = torch.from_numpy(signs), torch.from_numpy(real)
    for at in ((0.5, 0.4), (0.45, 0.55), (0.6, 0.5)):
        wanted = set()
        with torch.no_grad():
            h = net.read(texts, there)
            for row, i, j in theory.decode(*reading.subject_tags.transpose(1, 0, 2), *at).tolist():
                tags = torch.sigmoid(net.objects(h[[row]], there[[row]], torch.tensor([i]), torch.tensor([j])))[0] * there[row]
                wanted |= {
                    (row, i, j, *found) for found in map(tuple, theory.decode(tags[0].numpy(), tags[1].numpy(), *at).tolist())
                }
        assert set(map(tuple, reading.found(at).tolist())) == wanted and len(wanted) > 5


def test_sentences_are_written_and_cut_the_same_in_both_languages():
    random = np.random.default_rng(0)
    stated = [
        [3, 1, 3, 3],
        [2, 2, 1, 1],
        [2, 1, 2, 1],
        [2, 1, 2, 2],
        [2, 2, 2, 2],
        [2, 2, 1, 2],
    ]  # triples, s, p, o that differ
    assert all(len({sign[side].lower() for sign in vocabulary.SIGNS}) == len(vocabulary.SIGNS) for side in (0, 1))
    for pattern in range(PATTERNS):
        signs, triples = write(pattern, random.random(24).tolist())
        for language, gap in (("zh", ""), ("en", " ")):
            assert vocabulary.cut(gap.join(vocabulary.spoken(signs, language)))[1] == signs
        assert all(0 < i <= j < len(signs) and 0 < k <= m < len(signs) for i, j, _, k, m in triples)
        kinds = [len({triple[part] for triple in triples}) for part in (slice(0, 2), slice(2, 3), slice(3, 5))]
        assert [len(triples), *kinds] == stated[pattern]
        titles = {(i, j) for i, j, predicate, *_ in triples if predicate != PREDICATES.index("born")}
        assert all((signs[i - 1], signs[j + 1]) == (vocabulary.OPEN, vocabulary.CLOSE) for i, j in titles) and titles
    quoted = vocabulary.cut('"Sky" director "Sea"')[1]
    assert [quoted[k] for k in (0, 2, 4, 6)] == [vocabulary.OPEN, vocabulary.CLOSE] * 2
    assert vocabulary.cut("王x导演 ?Red")[1] == [vocabulary.SURNAMES[0], 0, vocabulary.DIRECTOR, 0, 0]
    assert sentences(300, random).signs.shape[1] <= 25
