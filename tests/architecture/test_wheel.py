"""The wheel, built through the sdist, serves and migrates from an empty environment and another folder."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow

PROBE = """
import sys
from marketplace import create_app, migrate
app = create_app()
with app.app_context():
    engine = app.extensions["sqlalchemy"].engine
migrate.upgrade(engine)
assert migrate.differences(engine) == []
answer = app.test_client().get("/")
import marketplace
assert "site-packages" in marketplace.__file__, marketplace.__file__
print(answer.status_code, "Bootstrap" in app.test_client().get("/static/marketplace/vendor/bootstrap-5.3.9/bootstrap.min.css").text[:200])
"""


def test_the_wheel_serves_and_migrates_from_another_folder(tmp_path):
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path / "dist"), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    environment = tmp_path / "empty"
    # The dependencies are taken from this environment; the package itself only from the wheel.
    venv.create(environment, with_pip=False, system_site_packages=False)
    site = next((environment / "lib").glob("python*/site-packages"))
    target = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--target", str(site)]
    subprocess.run([*target, str(wheel)], check=True, capture_output=True)
    here = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "dependencies.pth").write_text(here + "\n")
    done = subprocess.run(
        [str(environment / "bin" / "python"), "-c", PROBE],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "200 True"
