"""`./dev cluster`: the example conference on a cluster, until Ctrl-C; a process of ours that dies is started again."""

import argparse
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cluster.running import CONFSVC, Cluster

LOOK_SECONDS = 0.5


def services_folder(folder: Path) -> Path:
    """Where the services of this data lie: near the root, since a socket's path is short, and the same at every start."""
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"confsvc-{os.geteuid()}-{digest}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev cluster", description=__doc__)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--address", required=True, help="Where the example says that it is.")
    parser.add_argument("--folder", type=Path, required=True, help="Where everything is kept.")
    parser.add_argument("--conference", default="binh-thuan")
    parser.add_argument("--now", action="store_true")
    options = parser.parse_args()
    folder = options.folder.resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    services = services_folder(folder)
    services.mkdir(mode=0o711, exist_ok=True)
    if services.stat().st_uid != os.geteuid():
        raise SystemExit(f"{services} is there already and belongs to somebody else.")
    if not (folder / "secret.key").exists():
        # Whoever has removed the folder begins anew: a database made with another key is of no use.
        shutil.rmtree(services / "postgres", ignore_errors=True)
    cluster = Cluster(
        folder, services, workers=options.workers, host=options.host, port=options.port, settings={"LOG_FORMAT": "text", "PUBLIC_URL": options.address}
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        serve(cluster, options)
    except KeyboardInterrupt:
        print()
    finally:
        # A second Ctrl-C must not leave half of it running.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        print("· stopping …", flush=True)
        cluster.stop()


def serve(cluster: Cluster, options: argparse.Namespace) -> None:
    cluster.start_services()
    example = [*CONFSVC, "demo", "--conference", options.conference, "--address", options.address, *(["--now"] if options.now else [])]
    subprocess.run(example, env=cluster.environment(), cwd=cluster.folder, check=True)
    cluster.start_workers()
    told = ", ".join(map(str, cluster.ports))
    print(f"confsvc listens on {options.address}: {options.workers} workers (ports {told}) behind nginx; their words lie in {cluster.logs}", flush=True)
    while True:
        time.sleep(LOOK_SECONDS)
        for program in cluster.restart_dead():
            print(f"· started again: {program.log.stem}", flush=True)


if __name__ == "__main__":
    main()
