"""`ctguard config`: what applies, where it comes from, and the schema of `ctguard.yaml`."""

from __future__ import annotations

import click


@click.group()
def config() -> None:
    """Show what is configured, and where it comes from."""


@config.command()
def schema() -> None:
    """Print the JSON Schema of ctguard.yaml, for editors."""
    from ctguard.cli.output import print_json
    from ctguard.run.config_file import json_schema

    print_json(json_schema())
