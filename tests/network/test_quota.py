"""A container's quota counts as cores, in both versions of Linux's control groups."""

from __future__ import annotations

import pytest

from tinynet import plan


@pytest.fixture(autouse=True)
def _forget():
    plan.quota.cache_clear()
    yield
    plan.quota.cache_clear()


def older(mount, quota):
    """Return the files of the first version of control groups."""
    folder = f"{mount}/job/cpu.cfs"
    return {f"{folder}_quota_us": f"{quota}\n", f"{folder}_period_us": "100000\n"}


def system(root, group, files):
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(group)
    for name, text in files.items():
        file = root / "sys/fs/cgroup" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return str(root)


@pytest.mark.parametrize(
    ("group", "files", "cores"),
    [
        ("0::/\n", {"cpu.max": "200000 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "150000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "20000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "max 100000\n"}, None),
        ("0::/a/b\n", {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "300000 100000\n"}, 3),
        ("0::/a\n", {"a/cpu.max": "nonsense\n"}, None),
        ("4:cpu,cpuacct:/job\n", older("cpu,cpuacct", "400000"), 4),
        ("4:cpu,cpuacct:/job\n", older("cpu", "-1"), None),
        ("3:memory:/job\n", {}, None),
    ],
)  # fmt: skip
def test_a_quota_is_read(tmp_path, group, files, cores):
    assert plan.quota(system(tmp_path, group, files)) == cores


def test_without_control_groups_there_is_no_quota(tmp_path):
    assert plan.quota(str(tmp_path)) is None


def test_the_quota_counts_as_cores(monkeypatch):
    monkeypatch.setattr(plan.os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    monkeypatch.setattr(plan, "quota", lambda: 3)
    assert plan.cores() == 3
    monkeypatch.setattr(plan, "quota", lambda: None)
    assert plan.cores() == 8
