"""A name that is null, or no text at all, names nothing; and nothing breaks on it."""

from __future__ import annotations

import pytest

from tests.command import here


@pytest.mark.parametrize("name", ["null", "[]", "{}", "true", "7"])
def test_what_is_no_name_names_nothing(tmp_path, name):
    (tmp_path / "main.tf").write_text(
        f"""
        resource "aws_s3_bucket" "a" {{
          bucket = "a"
        }}
        resource "aws_s3_bucket_versioning" "v" {{
          bucket = {name}
          versioning_configuration {{
            status = "Enabled"
          }}
        }}
        """
    )

    done = here(tmp_path, "scan", "main.tf", "--scope", "all", "--select", "bucket-versioning", "-f", "json")

    found = {one["resource"]["address"]: one["status"] for one in done.run["findings"]}
    assert found["aws_s3_bucket.a"] == "fail"
    assert done.status in (1, 2)
    assert "bug" not in done.err
