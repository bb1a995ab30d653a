"""Installing and removing: what was edited stays, all is written or nothing, and again is the same."""

import os
from pathlib import Path

import pytest

from pipelines.services.installing import Done, install, uninstall
from pipelines.services.service import ServiceError, service_of
from storage.files.atomic import StorageError

UNITS = Path("etc/systemd/system")


def files_in(root):
    return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def installed(request_of):
    made = service_of(request_of())
    install(made, overwrite=False)
    return made


def test_units_are_for_everybody_and_settings_for_their_owner(root, installed):
    modes = {str(path.relative_to(root)): path.stat().st_mode & 0o777 for path in root.rglob("*") if path.is_file()}
    assert modes.pop("etc/portfolio/.env") == 0o600
    assert set(modes.values()) == {0o644}
    assert {path.stat().st_mode & 0o777 for path in (root, *root.rglob("*")) if path.is_dir()} == {0o755}


def test_again_changes_nothing_and_keeps_edited_settings(root, installed, request_of):
    env_file = root / "etc/portfolio/.env"
    with env_file.open("a") as file:
        file.write("PORTFOLIO_ALERT_WEBHOOK=http://127.0.0.1:9/T0P\n")
    before = files_in(root)
    done = install(service_of(request_of(home=None)), overwrite=True)
    assert {one.what for one in done} == {"unchanged", "kept"}
    assert files_in(root) == before


def test_other_options_update_and_take_away(root, installed, request_of):
    metrics = Path("/var/lib/m/portfolio.prom")
    first = install(service_of(request_of(port=3001, metrics=metrics)), overwrite=False)
    assert {one.what: one.path.name for one in first if one.what == "updated"} == {"updated": "portfolio-web.service"}
    assert {one.path.name for one in first if one.what == "written"} == {
        *("portfolio-metrics.service", "portfolio-metrics.timer"),
    }
    before = files_in(root)
    with pytest.raises(ServiceError, match=r"portfolio-metrics\.service \(and 1 more\) would be removed: give the op"):
        install(service_of(request_of(port=3001)), overwrite=False)
    assert files_in(root) == before
    second = install(service_of(request_of(port=3001)), overwrite=True)
    assert {one.path.name for one in second if one.what == "removed"} == {
        *("portfolio-metrics.service", "portfolio-metrics.timer"),
    }


def test_units_do_not_become_another_user_s_unless_asked(root, request_of):
    install(service_of(request_of(user="acme")), overwrite=False)
    before = files_in(root)
    said = r"portfolio-check\.service runs as acme: give --run-as acme, or --overwrite$"
    with pytest.raises(ServiceError, match=said):
        install(service_of(request_of()), overwrite=False)
    assert files_in(root) == before
    assert {one.what for one in install(service_of(request_of(user="acme")), overwrite=False)} == {"unchanged", "kept"}
    install(service_of(request_of()), overwrite=True)
    assert "User=portfolio\n" in (root / UNITS / "portfolio-web.service").read_text()


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        (
            "keep",
            r"portfolio-backup\.service keeps 365 backups, and would remove all but 14: give --keep 365, or",
        ),
        ("key_file", r"portfolio-backup\.service keeps the hash key apart: give --key-file, or --overwrite$"),
    ],
)
def test_no_option_that_was_left_out_removes_backups_or_leaves_the_key_out(root, request_of, left_out, said):
    given = {"backup": Path("/mnt/backups"), "keep": 365, "key_file": Path("/mnt/keys/hash.key")}
    install(service_of(request_of(**given)), overwrite=False)
    before = files_in(root)
    less = {name: value for name, value in given.items() if name != left_out}
    with pytest.raises(ServiceError, match=said):
        install(service_of(request_of(**less)), overwrite=False)
    assert files_in(root) == before
    install(service_of(request_of(**less)), overwrite=True)
    assert files_in(root) != before
    more = install(service_of(request_of(**given | {"keep": 366})), overwrite=False)
    assert [one.path.name for one in more if one.what == "updated"] == ["portfolio-backup.service"]


def edit(path):
    path.write_text(path.read_text().replace("04:00", "05:00"))


def mask(path):
    path.unlink()
    path.symlink_to("/dev/null")


def replace(path):
    path.write_text("[Timer]\nOnCalendar=daily\n")


def empty(path):
    path.write_text("")


@pytest.mark.parametrize("change", [edit, mask, replace, empty])
def test_what_was_edited_is_left_with_everything_else_unless_asked(root, installed, request_of, change):
    timer = root / UNITS / "portfolio-nightly.timer"
    change(timer)
    before, other = files_in(root), service_of(request_of(at="06:00", port=3001))
    said = f"^{timer} was edited, or is not of `portfolio service`: put changes into a drop-in"
    with pytest.raises(ServiceError, match=said):
        install(other, overwrite=False)
    with pytest.raises(ServiceError, match=said):
        uninstall(installed.request, overwrite=False)
    assert files_in(root) == before
    install(other, overwrite=True)
    assert "06:00" in timer.read_text()
    assert not timer.is_symlink()


def test_what_was_edited_into_what_would_be_written_is_fine(root, installed, request_of):
    assert {one.what for one in install(service_of(request_of()), overwrite=False)} == {"unchanged", "kept"}


def test_removing_leaves_settings_and_what_others_put_there(root, installed):
    drop_in = root / UNITS / "portfolio-web.service.d" / "override.conf"
    drop_in.parent.mkdir()
    drop_in.write_text("[Service]\nMemoryMax=4G\n")
    done = uninstall(installed.request, overwrite=False)
    assert {one.what for one in done} == {"removed"}
    assert set(files_in(root)) == {"etc/portfolio/.env", str(drop_in.relative_to(root))}
    assert uninstall(installed.request, overwrite=False) == []


def test_one_instance_is_removed_alone(root, installed, request_of):
    install(service_of(request_of(name="acme", home=Path("/srv/acme"))), overwrite=False)
    uninstall(request_of(name="acme"), overwrite=False)
    left = {name for name in files_in(root) if "systemd/system" in name}
    assert left == {
        *(str(UNITS / f"portfolio-{name}.service") for name in ("web", "daemon", "nightly", "check", "failed@")),
        str(UNITS / "portfolio-nightly.timer"),
    }


@pytest.mark.parametrize("place", ["etc/systemd", "etc/systemd/system/portfolio-web.service/x"])
def test_a_file_in_a_folder_s_place_and_the_other_way_round_is_one_line(root, request_of, place):
    (root / place).parent.mkdir(parents=True)
    (root / place).write_text("")
    with pytest.raises((StorageError, ServiceError)) as raised:
        install(service_of(request_of()), overwrite=True)
    assert str(root) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("to", ["{outside}", "../../outside"])
def test_a_link_out_of_an_image_is_not_followed(root, tmp_path, request_of, to):
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / "etc").mkdir(parents=True)
    (root / "etc/systemd").symlink_to(to.format(outside=outside))
    for does in (
        lambda: install(service_of(request_of()), overwrite=True),
        lambda: uninstall(request_of(), overwrite=True),
    ):
        with pytest.raises(ServiceError, match=f"^{root}/etc/systemd/system: a link leads out of {root}$"):
            does()
    assert list(outside.iterdir()) == []
    assert files_in(root) == {}


def test_a_link_within_an_image_is_followed(root, request_of):
    (root / "etc").mkdir(parents=True)
    (root / "usr/systemd").mkdir(parents=True)
    (root / "etc/systemd").symlink_to("../usr/systemd")
    install(service_of(request_of()), overwrite=False)
    assert (root / "usr/systemd/system/portfolio-web.service").is_file()


def test_done_is_what_became_of_each_file(root, request_of):
    done = install(service_of(request_of()), overwrite=False)
    assert Done("written", root / "etc/portfolio/.env") in done
    assert sorted(str(one.path) for one in done) == sorted(str(root / name) for name in files_in(root))
    assert os.access(root / UNITS / "portfolio-web.service", os.R_OK)
