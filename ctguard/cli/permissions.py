"""`ctguard permissions`: the least IAM policy that an audit needs."""

from __future__ import annotations

import click

from ctguard.cli.judging import choosing_options
from ctguard.cli.output import print_json
from ctguard.model.errors import UsageError
from ctguard.run.judging import Asked, prepare


@click.command()
@click.option("--org", "organization", is_flag=True, help="For the caller who audits other accounts too.")
@click.option("--terraform", is_flag=True, help="A Terraform module with a role that has it.")
@click.option("--cloudformation", is_flag=True, help="A CloudFormation template with such a role.")
@choosing_options
def permissions(organization: bool, terraform: bool, cloudformation: bool, asked: Asked) -> int:
    """Print the least IAM policy that an audit with the chosen rules needs.

    The same choice of rules (--select, --ignore, --scope) needs the same calls. The role of --terraform and
    --cloudformation can be taken on by one account, with an external id: ctguard audit --role-name CtguardAudit.
    """
    if terraform and cloudformation:
        raise UsageError("--terraform and --cloudformation are two things", hint="ask for one at a time")
    from ctguard.run.permissions import cloudformation_of, permissions_of, terraform_of

    policy = permissions_of(prepare(asked), organization=organization)
    if terraform or cloudformation:
        click.echo(terraform_of(policy) if terraform else cloudformation_of(policy))
    else:
        print_json(policy)
    return 0
