"""Configurations of Proxmox read as processors, memory and disks."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.facts import GIB, MIB
from inventory.sources.drives import drives, macs, memory_mib, parse_drive, parse_size, sizes, smbios_uuid


def test_every_recorded_drive_string_has_its_kind_and_size(recordings: Path) -> None:
    cases = json.loads((recordings / "proxmox/disk_strings.json").read_text())
    assert len(cases) == 81
    for case in cases:
        drive, expected = parse_drive(case["key"], case["string"]), case["expected"]
        read = (drive.kind, drive.size_bytes, drive.file, dict(drive.options))
        assert read == (expected["kind"], expected["size_bytes"], expected["file"], expected["options"]), case["string"]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("32G", 32 * GIB),
        ("528K", 528 * 1024),
        ("4M", 4 * MIB),
        ("1.5T", 1536 * GIB),
        ("8GiB", 8 * GIB),
        ("1024", 1024),
        ("", None),
        ("32 G", None),
        ("12GB", None),
        ("-1G", None),
    ],
)
def test_sizes_are_powers_of_1024_and_bytes_without_a_letter(text: str, size: int | None) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("key", "text", "kind"),
    [
        ("ide0", "local-lvm:vm-101-cloudinit,media=cdrom,size=4M", "cloudinit"),
        ("scsi1", "local:101/vm-101-cloudinit.qcow2,media=cdrom", "cloudinit"),
        ("ide2", "cdrom,media=cdrom", "cdrom"),
        ("scsi1", "file=local:101/vm-101-disk-0.raw,size=1G", "volume"),
        ("mp0", "volume=local-lvm:vm-100-disk-1,mp=/srv,size=8G", "volume"),
        ("scsi2", "/dev/disk/by-id/ata-X,size=500G", "passthrough-device"),
        ("mp1", "/dev/sdb,mp=/srv", "passthrough-device"),
        ("mp1", "/srv/dev/x,mp=/srv", "bind"),
    ],
)
def test_kinds_that_the_recordings_lack(key: str, text: str, kind: str) -> None:
    assert parse_drive(key, text).kind == kind


@pytest.mark.parametrize(("value", "mib"), [(2048, 2048), ("2048", 2048), ("current=2048", 2048), ("lots", None)])
def test_memory_is_read_as_old_and_new_proxmox_write_it(value: object, mib: int | None) -> None:
    assert memory_mib(value) == mib


def test_only_attached_volumes_are_sold_disk() -> None:
    config = {
        "scsihw": "virtio-scsi-pci",
        "serial0": "socket",
        "scsi0": "lvm:vm-1-disk-0,size=32G",
        "virtio3": "lvm:vm-1-disk-1,size=8G",
        "ide2": "local:iso/debian.iso,media=cdrom,size=700M",
        "ide0": "lvm:vm-1-cloudinit,media=cdrom,size=4M",
        "efidisk0": "lvm:vm-1-disk-2,size=528K",
        "tpmstate0": "lvm:vm-1-disk-3,size=4M",
        "unused0": "lvm:vm-1-disk-9",
    }
    read = sizes("qemu", config)
    assert (read.disk_bytes, read.problems) == (40 * GIB, ())


def test_a_device_of_the_host_is_a_problem_and_is_not_counted() -> None:
    read = sizes("qemu", {"scsi0": "lvm:vm-1-disk-0,size=32G", "scsi1": "/dev/sdb,size=2T"})
    assert read.disk_bytes == 32 * GIB
    assert [problem for problem in read.problems if "scsi1" in problem and "passthrough" in problem]


def test_a_volume_without_a_size_makes_the_sum_unknown_rather_than_smaller() -> None:
    read = sizes("qemu", {"scsi0": "lvm:vm-1-disk-0,size=32G", "scsi1": "lvm:vm-1-disk-1"})
    assert read.disk_bytes is None
    assert "scsi1" in read.problems[0]
    assert "scsi0" not in read.problems[0]


@pytest.mark.parametrize(
    ("kind", "config", "vcpus"),
    [
        ("qemu", {"digest": "0"}, "1"),
        ("qemu", {"sockets": 2, "cores": 4}, "8"),
        ("qemu", {"sockets": 2, "cores": 4, "vcpus": 3}, "3"),
        ("qemu", {"cores": "4", "cpulimit": "2"}, "4"),
        ("lxc", {"cores": 2, "cpulimit": "4"}, "2"),
        ("lxc", {"cpulimit": "0.5"}, "0.5"),
        ("lxc", {"cpulimit": "0"}, "72"),
    ],
)
def test_processors(kind: str, config: dict[str, object], vcpus: str) -> None:
    assert sizes(kind, config, host_cpus=Decimal(72)).vcpus == Decimal(vcpus)


@pytest.mark.parametrize(
    ("kind", "config"),
    [("qemu", {"cores": 2, "vcpus": "?"}), ("qemu", {"cores": "?"}), ("lxc", {"cores": "?", "cpulimit": 1}),
     ("lxc", {"cpulimit": "?"})],
)  # fmt: skip
def test_processors_that_cannot_be_read_are_unknown(kind: str, config: dict[str, object]) -> None:
    assert sizes(kind, config, host_cpus=Decimal(72)).vcpus is None


def test_a_container_without_a_limit_on_an_unknown_host_has_unknown_processors() -> None:
    read = sizes("lxc", {"memory": 512})
    assert read.vcpus is None
    assert read.problems


def test_memory_left_out_is_proxmox_default() -> None:
    assert sizes("qemu", {"cores": 1}).memory_bytes == 512 * MIB


def test_an_empty_configuration_says_nothing_instead_of_zero() -> None:
    read = sizes("qemu", {})
    assert (read.vcpus, read.memory_bytes, read.disk_bytes) == (None, None, None)
    assert read.problems


def test_addresses_come_in_the_order_of_the_interfaces() -> None:
    config = {
        "net10": "virtio=bc:24:11:00:00:10,bridge=vmbr0",
        "net2": "model=e1000,macaddr=BC:24:11:00:00:02,bridge=vmbr0",
        "net0": "name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:00,type=veth",
        "nethost": "BC:24:11:00:00:99",
    }
    assert macs(config) == ("BC:24:11:00:00:00", "BC:24:11:00:00:02", "BC:24:11:00:00:10")


def test_the_machine_uuid() -> None:
    config = {"smbios1": "uuid=863B31C3-42CA-4A92-AED7-4111F342F70A,base64=1"}
    assert smbios_uuid(config) == "863b31c3-42ca-4a92-aed7-4111f342f70a"
    assert smbios_uuid({}) is None


BUSES = ("ide1", "scsi0", "scsi7", "virtio0", "sata2")
VOLUMES = st.dictionaries(st.sampled_from(BUSES), st.integers(1, 4096), min_size=1)
OTHERS = st.fixed_dictionaries(
    {},
    optional={
        "ide2": st.just("local:iso/x.iso,media=cdrom,size=5G"),
        "unused0": st.just("lvm:vm-1-disk-8"),
        "efidisk0": st.just("lvm:vm-1-disk-7,size=4M"),
        "description": st.text(),
    },
)


@given(volumes=VOLUMES, others=OTHERS)
def test_the_sold_disk_is_the_sum_of_the_volumes_whatever_else_is_there(
    volumes: dict[str, int], others: dict[str, str]
) -> None:
    config = {key: f"lvm:vm-1-disk-{key},discard=on,size={size}G" for key, size in volumes.items()} | others
    assert sizes("qemu", config).disk_bytes == sum(volumes.values()) * GIB
    assert {drive.key for drive in drives(config) if drive.kind == "volume"} == set(volumes)


@pytest.mark.parametrize("key", ["unused3", "efidisk0", "tpmstate0"])
def test_a_blank_line_of_what_is_never_sold_hides_no_size(key: str) -> None:
    found = sizes("qemu", {"scsi0": "ceph:vm-1-disk-0,size=20G", key: None})
    assert (found.disk_bytes, found.problems) == (20 * GIB, ())


@pytest.mark.parametrize(
    "line",
    [
        {"cores": "NaN"}, {"cores": "Infinity"}, {"cores": -1}, {"cores": 10**30}, {"memory": "9" * 40},
        {"scsi0": "ceph:vm-1-disk-0,size=" + "9" * 30 + "T"}, {"scsi0": ""}, {"scsi0": {"size": "1G"}},
    ],
)  # fmt: skip
def test_a_size_that_nobody_gave_is_unknown(line: dict[str, object]) -> None:
    found = sizes("qemu", {"cores": 1, "memory": 2048, "scsi0": "ceph:vm-1-disk-0,size=20G"} | line)
    assert [found.vcpus, found.memory_bytes, found.disk_bytes].count(None) == 1
    assert found.problems
