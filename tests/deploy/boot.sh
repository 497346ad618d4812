#!/bin/sh
# Becomes the systemd of a machine of its own: this one's files, with every change in memory, and no network but
# loopback. To be started in new name spaces: boot.sh FOLDER CHECKOUT PYTHON PACKAGES
set -eu
work=$1 checkout=$2 python=$3 packages=$4
root=$work/root

mount --make-rprivate /
mount -t tmpfs tmpfs "$work/memory"
mkdir "$work/memory/changes" "$work/memory/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/memory/changes,workdir=$work/memory/work" "$root"

see() {
    mkdir -p "$root$2"
    mount --bind "$1" "$root$2"
    mount -o remount,bind,ro "$root$2"
}
see "$checkout" "$checkout"
see "$python" /opt/python
see "$packages" /opt/site
mkdir -p "$root$work/shared" /opt "$root/opt/packages"
mount --bind "$work/shared" "$root$work/shared"
# Its own carbond and pip are for installing to find, not for the agent.
for one in "$packages"/*; do
    case ${one##*/} in
    carbond* | _carbond* | __editable__* | pip | pip-* | *.pth) ;;
    *) ln -s "../site/${one##*/}" "$root/opt/packages/" ;;
    esac
done

mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for one in null zero full random urandom tty; do
    : >"$root/dev/$one"
    mount --bind "/dev/$one" "$root/dev/$one"
done
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"

# Nothing of this machine starts there, and no setting of the kernel can be changed from there.
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
units=$root/etc/systemd/system
rm -rf "$units" "$root"/usr/lib/systemd/system/*.wants "$root"/usr/lib/systemd/system-generators
mkdir -p "$units" "$root/etc/systemd/system.conf.d"
printf '[Manager]\nDefaultEnvironment=PYTHONPATH=/opt/packages LD_LIBRARY_PATH=/opt/python/lib\n' \
    >"$root/etc/systemd/system.conf.d/packages.conf"
printf '[Unit]\nDefaultDependencies=no\nWants=systemd-journald.service\nAfter=systemd-journald.service\n' \
    >"$units/alone.target"
: >"$root/etc/machine-id"
# Not chroot alone: services get name spaces of their own, made from what is mounted at / and shared with them.
cd "$root"
mount --move . /
exec env -i container=tests PATH="$PATH" chroot . sh -c 'mount --make-rshared / && exec "$@"' sh \
    /lib/systemd/systemd --unit=alone.target --show-status=no
