"""The commands `confsvc backup` and `confsvc restore`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from confsvc.backup.errors import BackupFailed
from confsvc.backup.restoring import restore_backup
from confsvc.backup.taking import drop_old, take_backup
from confsvc.settings import Settings


@click.command("backup")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--keep", type=click.IntRange(min=1), help="Delete older backups of the folder, all but so many.")
def backup_command(folder: Path, keep: int | None) -> None:
    """Write the database, the laid-down mail and the secret key into FOLDER as one file; the server may run."""
    settings = Settings()
    try:
        path = take_backup(settings, folder, datetime.now(UTC))
    except BackupFailed as error:
        raise click.ClickException(f"{error}. No backup was written.") from error
    click.echo(f"{path} ({path.stat().st_size} bytes)")
    if settings.secret_key:
        click.echo("The secret key is not in it: it stands in CONFSVC_SECRET_KEY, and no link works without it.")
    for old in drop_old(folder, keep) if keep else ():
        click.echo(f"deleted {old}")


@click.command("restore")
@click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Move aside what the data folder holds.")
def restore_command(archive: Path, replace: bool) -> None:
    """Bring back what `confsvc backup` wrote; no server may run."""
    settings = Settings()
    try:
        aside = restore_backup(settings, archive, datetime.now(UTC), replace=replace)
    except BackupFailed as error:
        raise click.ClickException(f"{error}. Nothing was changed.") from error
    click.echo(f"Restored into {settings.data_dir}.")
    if aside:
        click.echo(f"What was there lies in {aside}.")
