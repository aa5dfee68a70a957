"""The `openai` client against `/v1/embeddings` and `/v1/models`, as its users write it."""

import base64
import json
import math
import struct

import openai
import pytest

MODEL = "all-MiniLM-L6-v2"


@pytest.fixture(scope="module")
def key(box):
    if not box.appliance.has_model:
        pytest.skip("no model is installed")
    return box.appliance.run("apikey", "create", "--tenant", "alder", "--user", "robot").stdout.strip()


@pytest.fixture(scope="module")
def client(box, key):
    return openai.OpenAI(base_url=f"{box.appliance.url}/v1", api_key=key, max_retries=0)


def post(box, key, body, **headers):
    return box.appliance.call("POST", "/v1/embeddings", body, key, headers or None)


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def test_the_client_embeds_one_text(client):
    # Without encoding_format the client asks for base64 and decodes it itself.
    answer = client.embeddings.create(model=MODEL, input="how long may personal data be kept")
    assert answer.object == "list" and answer.model == MODEL and len(answer.data) == 1
    assert answer.data[0].object == "embedding" and answer.data[0].index == 0
    vector = answer.data[0].embedding
    assert len(vector) == 384 and math.isclose(cosine(vector, vector), 1, abs_tol=1e-5)
    assert answer.usage.prompt_tokens == answer.usage.total_tokens > 7


def test_texts_come_back_in_order_and_alike_however_they_are_sent(client):
    texts = [f"{word} number {n}" for n in range(20) for word in ("heron", "otter")]
    many = client.embeddings.create(model=MODEL, input=texts, encoding_format="float")
    assert [entry.index for entry in many.data] == list(range(40))
    for place in (0, 17, 39):
        for encoding in ("float", "base64", openai.NOT_GIVEN):
            one = client.embeddings.create(model=MODEL, input=texts[place], encoding_format=encoding).data[0].embedding
            if isinstance(one, str):
                one = list(struct.unpack("<384f", base64.b64decode(one)))
            assert max(abs(a - b) for a, b in zip(one, many.data[place].embedding, strict=True)) < 1e-6


def test_meaning_is_in_the_vectors(client):
    vectors = [entry.embedding for entry in client.embeddings.create(
        model=MODEL, input=["records must be kept for six years", "how long do we retain documents", "the otter swims"]).data]
    assert cosine(vectors[0], vectors[1]) > 0.3 > cosine(vectors[0], vectors[2])


def test_a_vector_from_here_searches_here(box, client, key):
    """The vectors are those of the built-in space: as `embedding` of a search they do what the query's text does."""
    query = "vault tapes"
    vector = client.embeddings.create(model=MODEL, input=query).data[0].embedding
    by_text = box.appliance.search(key, query, mode="vector")["hits"]
    by_vector = box.appliance.search(key, "", mode="vector", embedding=vector)["hits"]
    assert [hit["doc_id"] for hit in by_text] == [hit["doc_id"] for hit in by_vector]


def test_the_answer_has_exactly_this_shape(box, key):
    answer = post(box, key, {"input": ["a b", "c"], "model": MODEL, "user": "u-1", "dimensions": 384})
    assert answer.status == 200 and answer.headers["Content-Type"] == "application/json"
    body = answer.json
    assert list(body) == ["object", "data", "model", "usage"]
    assert list(body["data"][0]) == ["object", "index", "embedding"]
    # Two words and one, each with the two markers of the model.
    assert body["usage"] == {"prompt_tokens": 7, "total_tokens": 7}
    assert all(isinstance(number, float) for number in body["data"][1]["embedding"])


def test_models_are_listed_and_found(client):
    models = list(client.models.list())
    assert [model.id for model in models] == [MODEL]
    assert models[0].object == "model" and models[0].owned_by == "carrel"
    assert client.models.retrieve(MODEL).id == MODEL
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("gpt-5")
    assert caught.value.code == "model_not_found"


def test_a_text_that_was_cut_is_said_so(box, key):
    body = post(box, key, {"input": ["word " * 1000, "short"], "model": MODEL}).json
    assert body["usage"]["total_tokens"] == 256 + 3
    assert body["warnings"] == ["of 1 texts only the first 256 word pieces were embedded"]


@pytest.mark.parametrize(("change", "words"), [
    ({"input": None}, "input"), ({"input": 7}, "input"), ({"input": []}, "1 to 2048"), ({"input": ["x"] * 2049}, "1 to 2048"),
    ({"input": ""}, "empty"), ({"input": ["a", ""]}, "[1]"), ({"input": ["a", None]}, "[1]"), ({"input": [1, 2, 3]}, "token"),
    ({"input": [[1, 2], [3]]}, "token"), ({"input": "x", "dimensions": 256}, "384"), ({"input": "x", "dimensions": 0}, "dimensions"),
    ({"input": "x", "encoding_format": "hex"}, "float, base64"), ({"input": "x", "model": None}, "model"),
    ({"input": "x", "truncate": "END"}, "truncate"), ({"input": ["x" * (1 << 20)] * 5}, "4194304"),
])
def test_wrong_requests_are_refused_in_words(box, client, key, change, words):
    answer = post(box, key, {"model": MODEL, **change})
    assert answer.status == 400 and answer.json["code"] == "invalid_argument" and words in answer.json["detail"], answer.text


def test_the_clients_own_errors_fit(box, client):
    with pytest.raises(openai.BadRequestError) as caught:
        client.embeddings.create(model=MODEL, input=[[1, 2, 3]])
    assert caught.value.code == "invalid_argument" and "token" in str(caught.value)
    with pytest.raises(openai.NotFoundError) as caught:
        client.embeddings.create(model="text-embedding-3-small", input="x")
    assert caught.value.code == "model_not_found" and MODEL in str(caught.value)
    with pytest.raises(openai.AuthenticationError):
        openai.OpenAI(base_url=f"{box.appliance.url}/v1", api_key="crl_nonsense", max_retries=0).embeddings.create(model=MODEL, input="x")
    admin = box.appliance.run("apikey", "create", "--tenant", "alder", "--user", "robot", "--scope", "admin").stdout.strip()
    with pytest.raises(openai.PermissionDeniedError):
        openai.OpenAI(base_url=f"{box.appliance.url}/v1", api_key=admin, max_retries=0).embeddings.create(model=MODEL, input="x")


def test_the_rate_of_the_tenant_holds(fresh):
    appliance = fresh()
    appliance.tenant("acme", "--rate", "1/h", "--burst", "2")
    appliance.start()
    client = openai.OpenAI(base_url=f"{appliance.url}/v1", api_key=appliance.token("acme"), max_retries=0)
    list(client.models.list())
    list(client.models.list())
    with pytest.raises(openai.RateLimitError) as caught:
        client.embeddings.create(model=MODEL, input="x")
    assert int(caught.value.response.headers["Retry-After"]) > 0


def test_without_a_model_it_is_503(fresh, tmp_path):
    appliance = fresh(CARREL_MODEL=str(tmp_path / "nothing.pack"))
    appliance.tenant("acme")
    appliance.start()
    client = openai.OpenAI(base_url=f"{appliance.url}/v1", api_key=appliance.token("acme"), max_retries=0)
    assert list(client.models.list()) == []
    with pytest.raises(openai.InternalServerError) as caught:
        client.embeddings.create(model=MODEL, input="x")
    assert caught.value.status_code == 503 and caught.value.code == "no_model"


def test_texts_are_in_no_log_and_no_record(box, key):
    post(box, key, {"input": "Zebulon's private sentence", "model": MODEL})
    assert "Zebulon" not in box.appliance.log.read_text()
    assert "Zebulon" not in json.dumps(box.appliance.call("GET", "/v1/collections", token=box.alder).json)
