#!/bin/sh
# Installs carbond as a systemd service, brings it up to date, and removes it. `install.sh --help` says how, and
# systemd/README.md what lies where afterwards.
#
# What can fail comes first: a new environment is made beside the old one, tries the settings and copies the ledger.
# Then one rename puts it in force.
set -eu
umask 022

here=$(cd "$(dirname "$0")" && pwd)
package=$(dirname "$here")
python=""
root=""
start=no
backup=yes
dry=no
task=install

installed=/opt/carbond
settings=/etc/carbond/carbond.yaml
state=/var/lib/carbond
backups=/var/backups/carbond
unit=/usr/local/lib/systemd/system/carbond.service
sysusers=/usr/local/lib/sysusers.d/carbond.conf
tmpfiles=/usr/local/lib/tmpfiles.d/carbond.conf
dropins=/etc/systemd/system/carbond.service.d
command=/usr/local/bin/carbond
unfinished="" copy=""

help() {
    cat <<END
usage: install.sh [--package PATH] [--python PROGRAM] [--root FOLDER] [--start] [--no-backup] [--dry-run]
       install.sh --uninstall | --purge [--root FOLDER] [--dry-run]

Installs carbond as a systemd service: its user, its folders, a virtual environment in $installed, settings to
begin with, the unit. Run again it brings all of that up to date and leaves settings, secrets and ledger as they
are. A service that runs is started again; if the new version does not come up, the old one is put back.

  --package PATH     a wheel, or a folder with the source; this checkout where left out
  --python PROGRAM   Python 3.11 or newer; the first one found where left out
  --root FOLDER      install into the root of another system, such as an image; nothing is started
  --start            start it now and at each boot
  --no-backup        bring it up to date without a copy of the ledger
  --dry-run          say what would be done, and do nothing
  --uninstall        remove it; ledger, settings, secrets and user stay
  --purge            remove these too; asks before. Copies of the ledger in $backups stay

pip does as its variables say: PIP_INDEX_URL for an index of your own; PIP_NO_INDEX=1 and PIP_FIND_LINKS=FOLDER for a
machine without one.
END
}

say() {
    printf '%s\n' "$*"
}

fail() {
    printf 'install.sh: %s\n' "$*" >&2
    exit 2
}

act() {
    if [ "$dry" = yes ]; then
        say "would run: $*"
    else
        "$@"
    fi
}

has() {
    command -v "$1" >/dev/null 2>&1
}

# True where the systemd of this machine is the one to talk to.
live() {
    [ -z "$root" ] && [ -d /run/systemd/system ]
}

active() {
    live && systemctl --quiet is-active carbond
}

# Checked here, since it ends up in the first lines of programs.
check_root() {
    case $root in
    /*[!A-Za-z0-9._/+-]* | */ | */..* | *//*)
        fail "--root $root: only letters, digits and . _ + - in it, no .. and no / at the end"
        ;;
    /?*) ;;
    *) fail "--root $root: write the whole path, from / on" ;;
    esac
}

read_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        --package | --python | --root)
            [ $# -gt 1 ] && [ -n "$2" ] || fail "$1 needs a value: see install.sh --help"
            ;;
        esac
        case $1 in
        --package) package=$2 && shift ;;
        --python) python=$2 && shift ;;
        --root) root=$2 && shift && check_root ;;
        --start) start=yes ;;
        --no-backup) backup=no ;;
        --dry-run) dry=yes ;;
        --uninstall) task=uninstall ;;
        --purge) task=purge ;;
        --help | -h) help && exit 0 ;;
        *) fail "unknown option $1: see install.sh --help" ;;
        esac
        shift
    done
}

# What somebody else has put there is left alone.
check_place() {
    place=$root$installed
    if [ -e "$place" ] && [ ! -d "$place/environments" ]; then
        [ -d "$place" ] && [ -z "$(ls -A "$place")" ] ||
            fail "$place is there and not made by this script: move it away"
    fi
}

# The unit hides the homes (ProtectHome=), and who runs it may enter none: no Python of a home will do.
find_python() {
    why="is not there, or older than Python 3.11"
    for one in ${python:-python3 python3.14 python3.13 python3.12 python3.11}; do
        has "$one" || continue
        case $("$one" -c 'import os, sys; print(sys.version_info >= (3, 11), os.path.realpath(sys.base_prefix))') in
        "True /root" | "True /root/"* | "True /home/"*) why="lives in a home, which the service cannot see" ;;
        True*)
            python=$(command -v "$one")
            return 0
            ;;
        esac
    done
    fail "${python:-python3} $why: install Python 3.11 or newer, or name it with --python"
}

check_machine() {
    [ "$(id -u)" = 0 ] || fail "must be run as root: it makes a user and a service"
    for one in systemctl systemd-sysusers systemd-tmpfiles; do
        has "$one" || fail "this machine has no $one, and carbond.service needs systemd: see deploy/container"
    done
    [ -z "$root" ] || [ -d "$root" ] || fail "--root $root: there is no such folder"
    [ -z "$root" ] || [ "$start" = no ] || fail "--start: nothing can be started in another root (--root)"
}

# Two at once would remove each other's environments.
lock() {
    [ "$dry" = no ] || return 0
    mkdir -p "$root/run"
    exec 9>"$root/run/carbond-install.lock"
    flock -n 9 || fail "another install.sh is at work: wait for it"
}

leave() {
    if [ -n "$unfinished" ]; then
        rm -rf "$unfinished"
        rmdir "$root$installed/environments" "$root$installed" 2>/dev/null || true
        say "install.sh: not done; what was in force before still is" >&2
    fi
}

# The pip of the chosen Python will do, where it has one: an environment needs none of its own.
make_empty() {
    if "$python" -c 'import pip, sys; sys.exit(int(pip.__version__.split(".")[0]) < 23)' 2>/dev/null; then
        act "$python" -m venv --without-pip "$1"
        pip="$python -m pip --python $1/bin/python"
    else
        act "$python" -m venv "$1" || fail "$python can make no environment: on Debian, apt-get install python3-venv"
        pip="$1/bin/python -m pip"
    fi
}

make_environment() {
    # pip takes a bare word for the name of a project.
    case $package in /*) ;; *) package=$PWD/$package ;; esac
    [ -e "$package" ] || fail "--package $package: is not there"
    new=$installed/environments/$(date -u +%Y%m%dT%H%M%SZ)-$$
    say "making the environment $new from $package"
    [ "$dry" = yes ] || unfinished=$root$new
    act mkdir -p "$root$installed/environments"
    make_empty "$root$new"
    # shellcheck disable=SC2086 # a program and its arguments, of which no path has spaces
    act env PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 $pip install --quiet "$package" ||
        fail "pip could not install $package: its reason stands above"
    [ -z "$root" ] || [ "$dry" = yes ] || settle
    [ "$dry" = yes ] || carbond_of "$new" --version >/dev/null ||
        fail "$package: its carbond does not start: the reason stands above"
}

# In another root an environment is not where it will be used: its own paths lose that root.
settle() {
    grep -lIF "$root$new" "$root$new/pyvenv.cfg" "$root$new"/bin/* | while IFS= read -r file; do
        sed -i --follow-symlinks "s|$root$new|$new|g" "$file"
    done
}

# Runs the carbond of an environment as the service would, with the secrets where root finds them.
carbond_of() {
    one=$root$1
    shift
    env PYTHONSAFEPATH=1 CREDENTIALS_DIRECTORY="$root/etc/carbond/secrets" \
        "$one/bin/python" "$one/bin/carbond" "$@"
}

# The environment in force, empty where there is none.
find_previous() {
    previous=""
    if [ -L "$root$installed/bin" ]; then
        previous=$installed/$(dirname "$(readlink "$root$installed/bin")")
    fi
}

# Settings that were refused before are no reason to stop: the service may have what this shell has not.
check_settings() {
    [ "$dry" = no ] && [ -f "$root$settings" ] || return 0
    if carbond_of "$new" check -c "$root$settings" >/dev/null 2>&1; then
        return 0
    elif [ -n "$previous" ] && carbond_of "$previous" check -c "$root$settings" >/dev/null 2>&1; then
        carbond_of "$new" check -c "$root$settings" >/dev/null || true
        fail "the new version refuses $settings, for the reasons above: change it, and run this again"
    fi
    say "note: $settings has faults; 'carbond check -c $settings' says which"
}

# The version before makes the copy: a new one cannot read a ledger that it has not brought up to date.
back_up() {
    if [ "$backup" = no ] || [ -z "$previous" ]; then
        return 0
    elif [ -f "$root$state/ledger.db" ]; then
        set -- --ledger "$root$state/ledger.db"
    elif active; then
        set -- -c "$settings"
    else
        say "there is no ledger in $root$state to be copied"
        return 0
    fi
    copy=$root$backups/before-$(basename "$new").db
    say "copying the ledger to $copy"
    act install -d -m 0700 "$root$backups"
    [ "$dry" = yes ] || carbond_of "$previous" ledger backup "$copy" "$@" ||
        fail "the ledger could not be copied: mend that, or go on without a copy (--no-backup)"
}

# Puts a file in its place in one step.
put() {
    say "writing $root$2"
    act install -D -m 0644 "$1" "$root$2.new"
    act mv -f "$root$2.new" "$root$2"
}

make_user_and_folders() {
    put "$here/systemd/sysusers.d/carbond.conf" "$sysusers"
    put "$here/systemd/tmpfiles.d/carbond.conf" "$tmpfiles"
    act mkdir -p "$root/etc"
    act systemd-sysusers ${root:+"--root=$root"} "$root$sysusers"
    act systemd-tmpfiles ${root:+"--root=$root"} --create "$root$tmpfiles"
}

write_settings() {
    [ -e "$root$settings" ] || put "$here/systemd/carbond.yaml" "$settings"
}

write_unit() {
    put "$here/systemd/carbond.service" "$unit"
    for one in "$here"/systemd/carbond.service.d/*.example "$here"/systemd/*.d/carbond-*.example; do
        put "$one" "$installed/examples/$(basename "$(dirname "$one")")/$(basename "$one")"
    done
    [ ! -e "$root/etc/systemd/system/carbond.service" ] ||
        say "note: $root/etc/systemd/system/carbond.service goes before $unit: use drop-ins"
}

# Points bin to an environment: what runs keeps its own until it is started again.
switch_to() {
    say "putting $1 in force"
    unfinished=""
    act ln -sfn "${1#"$installed/"}/bin" "$root$installed/bin.new"
    act mv -fT "$root$installed/bin.new" "$root$installed/bin"
    if [ ! -e "$root$command" ] && [ ! -L "$root$command" ]; then
        act mkdir -p "$(dirname "$root$command")"
        act ln -s "$installed/bin/carbond" "$root$command"
    fi
    if [ -z "$root" ] && has restorecon; then # the labels of SELinux
        act restorecon -R "$installed" || true
    fi
}

start_service() {
    ! live || act systemctl daemon-reload
    if active; then
        say "starting carbond again"
        act systemctl restart carbond || put_back
    elif [ "$start" = yes ]; then
        act systemctl enable carbond
        if live; then
            act systemctl start carbond || fail "carbond does not start: 'journalctl -u carbond' says why"
        fi
    fi
}

# The new version does not come up: the one before goes on, if it still can.
put_back() {
    switch_to "$previous"
    act rm -rf "$root$new"
    say "install.sh: the new version did not start ('journalctl -u carbond' says why)" >&2
    if systemctl restart carbond; then
        fail "the one before runs again"
    fi
    fail "the one before does not start either; if the ledger was brought up to date, restore ${copy:-a copy} of it"
}

# Nothing uses the environments before this one any longer.
tidy() {
    for one in "$root$installed/environments"/*; do
        if [ -d "$one" ] && [ "$one" != "$root$new" ]; then
            act rm -rf "$one"
        fi
    done
}

say_what_next() {
    if active; then
        say "carbond runs: http://127.0.0.1:9464/ (systemctl status carbond)"
    else
        say "carbond is installed. Write $settings and secrets, then: carbond check; systemctl enable --now carbond"
    fi
}

install_it() {
    find_python
    find_previous
    make_environment
    check_settings
    back_up
    make_user_and_folders
    write_settings
    write_unit
    switch_to "$new"
    start_service
    tidy
    say_what_next
}

uninstall() {
    ! live || [ ! -e "$unit" ] || act systemctl disable --now carbond
    act rm -f "$root$unit" "$root$sysusers" "$root$tmpfiles" \
        "$root/etc/systemd/system/multi-user.target.wants/carbond.service"
    [ "$(readlink "$root$command")" != "$installed/bin/carbond" ] || act rm -f "$root$command"
    act rm -rf "$root$installed/bin" "$root$installed/bin.new" "$root$installed/environments" "$root$installed/examples"
    [ ! -d "$root$installed" ] || act rmdir --ignore-fail-on-non-empty "$root$installed"
    ! live || act systemctl daemon-reload
}

purge() {
    if [ "$dry" = no ]; then
        say "This deletes ledger, settings and secrets for good: $root$state, $root/etc/carbond, $root$dropins"
        say "Type the words: delete the ledger"
        read -r answer || answer=""
        [ "$answer" = "delete the ledger" ] || fail "these are not the words: nothing was removed"
    fi
    uninstall
    act rm -rf "$root$state" "$root/etc/carbond" "$root$dropins"
    if grep -q '^carbond:' "$root/etc/passwd"; then
        act userdel ${root:+-R "$root"} carbond || say "note: remove the user carbond yourself"
    fi
    say "removed. Copies of the ledger, if there are any, stay in $root$backups; a ledger elsewhere stays too"
}

trap leave EXIT
trap 'exit 130' INT TERM HUP
read_options "$@"
check_machine
check_place
lock
case $task in
install) install_it ;;
uninstall)
    uninstall
    say "removed. Kept: $root$state, $root/etc/carbond, $root$backups, $root$dropins and the user carbond"
    ;;
purge) purge ;;
esac
