"""`provision`: makes a scenario's devices in a real ChirpStack, so that it lets them join."""

from typing import Annotated

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(provision)


def provision(  # noqa: PLR0913 - each is an option of the command
    scenario: Annotated[str, typer.Argument(help="A scenario that ships, or a YAML file.")],
    *,
    api: Annotated[str, typer.Option(help="ChirpStack's API: http://127.0.0.1:8080.")],
    token: Annotated[
        str, typer.Option(envvar="CHIRPSTACK_API_TOKEN", help="An API key that may write.")
    ],
    seed: Annotated[int, typer.Option(min=0, help="Whose keys: that of the run.")] = 1,
    devices: Annotated[
        int | None, typer.Option(min=1, help="So many devices instead of the scenario's.")
    ] = None,
    tenant: Annotated[str, typer.Option(help="Whose they are; a global admin's key.")] = "Borough",
    tenant_id: Annotated[
        str | None, typer.Option(help="The same by its id: for a tenant's own key.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a scenario's tenant, applications, profiles, gateways and devices in ChirpStack."""
    from simulators.fleet import Fleet
    from simulators.provisioning import Provisioner, ServerRefuses, channel
    from simulators.scenario import ScenarioWrong, load

    try:
        fleet = Fleet(load(scenario).scenario, seed, devices=devices)
        opened = channel(api)
    except (ScenarioWrong, ValueError) as error:
        options.fail(str(error), code=2)
    with options.said(ServerRefuses), opened as connection:
        made = Provisioner(connection, token).provision(
            fleet, seed, tenant=tenant, tenant_id=tenant_id
        )
    document = made.document()
    if as_json:
        options.answer(document)
    else:
        typer.echo(
            "tenant {tenant_id}: {applications} applications, {profiles} device profiles, "
            "{gateways} gateways, {devices} devices".format(**document)
        )
