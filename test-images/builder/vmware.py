"""What guests of VMware have in common: its disk drivers in their initramfs, and a fixed address on ens192."""

from __future__ import annotations

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
