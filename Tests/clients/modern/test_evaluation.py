"""`carrel eval`: measures as trec_eval counts them, several runs on the same queries, and files in and out."""

import json
import random
import xml.etree.ElementTree

import pytest
import pytrec_eval

SEED = 11


@pytest.fixture(scope="module")
def judged(box, tmp_path_factory):
    """150 documents of random words, 40 questions, graded judgments of about half of what shares a word."""
    chance = random.Random(SEED)
    words = [f"{a}{b}" for a in ("ban", "cor", "del", "fam", "gor", "hul", "mer", "nos") for b in ("ta", "ri", "ko", "pe", "lu")]
    documents = [
        {"id": f"d{number}", "title": " ".join(chance.sample(words, 2)), "text": " ".join(chance.choices(words, k=chance.randint(5, 40)))}
        for number in range(150)
    ]
    box.appliance.put(box.alder, documents, "judged")
    box.appliance.settle(box.alder)
    folder = tmp_path_factory.mktemp("judged")
    queries = {f"q{number}": " ".join(chance.sample(words, chance.randint(1, 4))) for number in range(40)}
    qrels = {
        query: {
            document["id"]: chance.choice([0, 1, 1, 2])
            for document in documents
            if set(text.split()) & set(document["text"].split()) and chance.random() < 0.5
        }
        for query, text in queries.items()
    }
    qrels = {query: judgments for query, judgments in qrels.items() if any(judgments.values())}
    (folder / "queries.jsonl").write_text("".join(json.dumps({"id": id, "text": text}) + "\n" for id, text in queries.items()))
    (folder / "qrels.tsv").write_text(
        "".join(f"{query}\t{document}\t{grade}\n" for query, judgments in qrels.items() for document, grade in judgments.items()))
    return box, folder, qrels


def evaluate(judged, *options, **more):
    box, folder, _ = judged
    return box.appliance.run(
        "eval", "--tenant", "alder", "--collection", "judged", "--queries", str(folder / "queries.jsonl"), "--qrels",
        str(folder / "qrels.tsv"), *options, **more)


def read_run(path):
    run = {}
    for line in path.read_text().splitlines():
        query, _, document, _, score, _ = line.split()
        run.setdefault(query, {})[document] = float(score)
    return run


def test_measures_are_those_of_trec_eval(judged, tmp_path):
    _, _, qrels = judged
    done = evaluate(judged, "--compare", "bm25", "--json", "--per-query", "--trec", str(tmp_path))
    *lines, last = done.stdout.splitlines()
    told = {line.split("\t")[0]: [float(value) for value in line.split("\t")[1:]] for line in lines}
    run = read_run(tmp_path / "bm25.run")
    measured = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut_10", "recall_100", "recip_rank", "success_10"}).evaluate(run)
    assert set(measured) == set(told)
    for query, values in measured.items():
        reciprocal = values["recip_rank"] if values["recip_rank"] >= 0.1 else 0
        assert told[query] == pytest.approx([values["ndcg_cut_10"], values["recall_100"], reciprocal], abs=6e-5), query
    mean = json.loads(last)
    assert mean["queries"] == len(qrels)
    assert mean["ndcg@10"] == pytest.approx(sum(v["ndcg_cut_10"] for v in measured.values()) / len(measured), abs=1e-9)
    assert mean["success@10"] == pytest.approx(sum(v["success_10"] for v in measured.values()) / len(measured), abs=1e-9)
    first = {query: sorted(documents, key=documents.get, reverse=True)[:10] for query, documents in run.items()}
    unjudged = sum(sum(d not in qrels[q] for d in hits) / len(hits) for q, hits in first.items()) / len(qrels)
    assert mean["unjudged@10"] == pytest.approx(unjudged, abs=1e-9)
    written = {}
    for line in (tmp_path / "qrels.txt").read_text().splitlines():
        query, _, document, grade = line.split()
        written.setdefault(query, {})[document] = int(grade)
    assert written == qrels


def test_a_ranking_is_no_different_from_itself_in_a_file(judged, tmp_path):
    evaluate(judged, "--mode", "bm25", "--trec", str(tmp_path))
    run = tmp_path / "bm25.run"
    worst = tmp_path / "worst.run"
    worst.write_text("".join(
        f"{query} Q0 {document} 1 {-judged[2].get(query, {}).get(document, 0)} x\n"
        for query, documents in read_run(run).items() for document in documents))
    answer = json.loads(evaluate(judged, "--compare", f"bm25,same={run},worst={worst}", "--json").stdout)
    assert [run["name"] for run in answer["runs"]] == ["bm25", "same", "worst"]
    same, worst = answer["comparisons"]
    assert same["difference"] == 0 and same["p"] == 1 and not same["significant"] and same["ties"] == answer["queries"]
    assert worst["difference"] < 0 and worst["significant"] and worst["losses"] > worst["wins"]
    assert worst["interval"][0] <= worst["difference"] <= worst["interval"][1] < 0


def test_configurations_tables_and_pictures(judged, tmp_path):
    (tmp_path / "titles.json").write_text('{"mode": "bm25", "syntax": "query"}')
    done = evaluate(
        judged, "--compare", f"bm25,titles={tmp_path / 'titles.json'}", "--k", "5", "--markdown", str(tmp_path / "t.md"),
        "--picture", str(tmp_path / "p.svg"), "--beside", "2")
    assert "nDCG@5" in done.stdout and "against bm25" in done.stdout and "not significant" in done.stdout
    table = (tmp_path / "t.md").read_text()
    assert table.count("\n| bm25 |") == 1 and "| titles |" in table
    picture = xml.etree.ElementTree.parse(tmp_path / "p.svg").getroot()
    assert picture.tag.endswith("svg") and "titles" in "".join(picture.itertext())


def test_known_items_are_found_by_their_own_words(judged):
    box, _, _ = judged
    done = box.appliance.run(
        "eval", "--tenant", "alder", "--collection", "judged", "--self", "--sample", "30", "--mode", "bm25", "--json")
    answer = json.loads(done.stdout)
    assert 30 <= answer["queries"] <= 60 and answer["success@10"] > 0.9
    assert "cannot tell" in done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--compare", "rrf,nonsense"], "nonsense"),
        (["--compare", "rrf,rrf"], "different names"),
        (["--compare", "rrf", "--mode", "bm25"], "leave out"),
        (["--compare", "x="], "NAME=FILE"),
        (["--k", "0"], "--k"),
    ],
)
def test_what_cannot_be_meant_is_refused(judged, options, words):
    done = evaluate(judged, *options, code=2)
    assert words in done.stderr


def test_members_the_evaluation_sets_are_refused(judged, tmp_path):
    (tmp_path / "own.json").write_text('{"limit": 3}')
    assert "limit" in evaluate(judged, "--compare", f"own={tmp_path / 'own.json'}", code=1).stderr
