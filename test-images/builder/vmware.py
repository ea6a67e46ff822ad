"""What guests of VMware have in common: its disk drivers in their initramfs, and a fixed address on ens192."""

from __future__ import annotations

from pathlib import Path

from builder import guest
from builder.steps import chroot

DISK_MODULES = ("ahci", "ata_piix", "mptspi", "vmw_pvscsi", "sd_mod", "sr_mod")
MODULES = (*DISK_MODULES, "ext4")
ABSENT = ("nvme", "virtio_blk", "virtio_scsi", "virtio_pci", "virtio_net", "xen_blkfront", "hv_storvsc")

INTERFACES = """\
# This file describes the network interfaces available on your system
# and how to activate them. For more information, see interfaces(5).

source /etc/network/interfaces.d/*

# The loopback network interface
auto lo
iface lo inet loopback

# The primary network interface
# moved to VLAN 14 on 2019-03-02, see CHG-4711
auto ens192
iface ens192 inet static
\taddress 192.0.2.27/24
        gateway 192.0.2.1
\t# dns-* options are implemented by the resolvconf package, if installed
\tdns-nameservers 192.0.2.53 198.51.100.53
\tdns-search example.com
"""

RESOLV_CONF = "search example.com\nnameserver 192.0.2.53\n"
KEYFILE = """\
[connection]
id=ens192
uuid=3a6c2f9e-61a0-4a6c-8f6c-9a3c51d0b7aa
type=ethernet
interface-name=ens192
timestamp=1551513600

[ethernet]
mac-address=00:50:56:9A:4C:11

[ipv4]
address1=192.0.2.27/24,192.0.2.1
dns=192.0.2.53;198.51.100.53;
dns-search=example.com;
method=manual
route1=198.51.100.0/24,192.0.2.254

[ipv6]
addr-gen-mode=stable-privacy
method=disabled

[proxy]
"""


def network_manager(root: Path) -> None:
    """Put NetworkManager in charge, with the profile of that card."""
    guest.write(root, "/etc/NetworkManager/system-connections/ens192.nmconnection", KEYFILE, mode=0o600)
    chroot(root, "systemctl", "enable", "NetworkManager.service")
