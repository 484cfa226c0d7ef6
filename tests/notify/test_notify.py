"""Who is told what, by a webhook that answers for real and a topic behind HTTP."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.command import here
from tests.history.runs import TRAIL


class Hook:
    """A webhook that answers with the statuses given, the last one for ever, and keeps what it was told."""

    def __init__(self, *statuses: int) -> None:
        self.told: list[dict] = []
        answers = list(statuses)
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = answers.pop(0) if len(answers) > 1 else answers[0]
                if status == 200:
                    hook.told.append(json.loads(body))
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self.url = f"http://127.0.0.1:{self._server.server_port}/secret-path"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def scan(folder, multi_region, *words):
    (folder / "main.tf").write_text(TRAIL % multi_region)
    return here(folder, "scan", "main.tf", "--select", "trail-multi-region", "--store", "runs.db", "-f", "json", *words)


def test_only_what_changed_is_told(tmp_path):
    with Hook(200) as hook:
        words = ("--notify", hook.url, "--series", "shop", "--report-url", "https://reports.example/1")
        for multi_region in ("true", "true", "false", "false", "true"):
            scan(tmp_path, multi_region, *words)

    first, broken, mended = hook.told
    assert first["summary"]["fail"] == 0
    assert broken["counts"] == {"new": 1, "no_longer_waived": 0, "fixed": 0, "no_longer_judged": 0}
    assert [one["rule_id"] for one in broken["changes"]] == ["trail-multi-region"]
    assert "now failing: high trail-multi-region aws_cloudtrail.t" in broken["text"]
    assert broken["text"].endswith("https://reports.example/1")
    assert mended["counts"]["fixed"] == 1


def test_trouble_on_the_way_is_tried_again(tmp_path):
    with Hook(503, 503, 200) as hook:
        assert scan(tmp_path, "true", "--notify", hook.url).status == 0

    assert len(hook.told) == 1


@pytest.mark.parametrize("status", [404, 302, 503])
def test_a_message_that_nobody_takes_loses_nothing(tmp_path, status):
    with Hook(status) as hook:
        done = scan(tmp_path, "false", "--notify", hook.url)

    assert done.status == 2
    assert done.run["summary"]["fail"] == 1
    assert "nobody was told" in done.err
    assert "secret-path" not in done.err
    assert hook.told == []
    assert len(json.loads(here(tmp_path, "history", "list", "--store", "runs.db", "-f", "json").out)) == 1


def test_a_dead_address_is_one_line_without_its_path(tmp_path):
    done = scan(tmp_path, "true", "--notify", "http://127.0.0.1:9/secret-path")

    assert done.status == 2
    assert "secret-path" not in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "words",
    [
        ("--notify", "https://hook.example"),
        ("--notify", "ftp://hook.example", "--store", "s.db"),
        ("--notify", "http://hook.example/x", "--store", "s.db"),
        ("--notify", "http://127.0.0.1.hook.example/x", "--store", "s.db"),
        ("--notify", "https://", "--store", "s.db"),
    ],
)
def test_what_cannot_be_told_is_refused_before_any_work(tmp_path, words):
    done = here(tmp_path, "scan", ".", *words)

    assert done.status == 2
    assert not (tmp_path / "s.db").exists()


def test_a_topic_gets_it_too(tmp_path, monkeypatch):
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        for name, value in (
            ("ENDPOINT_URL", f"http://{host}:{port}"),
            ("ACCESS_KEY_ID", "k"),
            ("SECRET_ACCESS_KEY", "s"),
        ):
            monkeypatch.setenv(f"AWS_{name}", value)
        sns, sqs = (boto3.client(name, region_name="eu-west-1") for name in ("sns", "sqs"))
        topic = sns.create_topic(Name="changes")["TopicArn"]
        queue = sqs.create_queue(QueueName="changes")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

        assert scan(tmp_path, "false", "--notify", topic).status == 1
        assert scan(tmp_path, "true", "--notify", f"{topic}-gone").status == 2

        (got,) = sqs.receive_message(QueueUrl=queue)["Messages"]
        assert json.loads(json.loads(got["Body"])["Message"])["summary"]["fail"] == 1
    finally:
        server.stop()


def test_a_message_stays_small_whatever_is_found(tmp_path):
    many = "\n".join(
        f'resource "aws_cloudtrail" "t{n}" {{\n  name = "{"x" * 100}{n}"\n  s3_bucket_name = "b"\n}}' for n in range(60)
    )
    with Hook(200) as hook:
        scan(tmp_path, "true", "--notify", hook.url, "--series", "s")
        (tmp_path / "main.tf").write_text(many)
        words = ("--store", "runs.db", "--notify", hook.url, "--series", "s", "-q")
        here(tmp_path, "scan", "main.tf", "--select", "trail-multi-region", *words)

    told = hook.told[1]
    assert told["counts"]["new"] == 60
    assert len(told["changes"]) == 20
    assert "and 4" in told["text"]
    assert len(json.dumps(told)) < 20_000


def test_kept_runs_are_compared(tmp_path):
    scan(tmp_path, "true")
    scan(tmp_path, "false")

    done = here(tmp_path, "history", "diff", "latest~1", "latest", "--store", "runs.db", "-f", "json")

    assert done.status == 1
    assert here(tmp_path, "history", "diff", "latest", "latest", "--store", "runs.db").status == 0
