#!/bin/bash
# Bring the whole system up on one machine with Debian 12, as root, with Debian's PostgreSQL, Redis and nginx:
#
#   deploy/install.sh --host office.example.com --owner you@example.com [--certificate FILE --key FILE]
#
# Without a certificate it makes one that signs itself. Run it again after every update of the code: it changes what
# differs, and keeps every secret that it made and every line of /etc/poemvision.env that you wrote.
set -euo pipefail
umask 022

HOST="" OWNER="" CERTIFICATE="" KEY=""
SOURCE=$(cd "$(dirname "$0")/.." && pwd)
HOME_DIR=/opt/poemvision
PYTHON=$HOME_DIR/.venv/bin/python
ENV_FILE=/etc/poemvision.env
OWNER_FILE=/etc/poemvision.owner.env
LOG=/var/log/poemvision-install.log
SERVICES="poemvision-web poemvision-worker poemvision-renders poemvision-files poemvision-chores poemvision-beat"
TIMERS="poemvision-backup poemvision-drill"

main() {
    options "$@"
    look_around
    step "Debian's packages" packages
    step "The code in $HOME_DIR" code
    step "Python's packages, each with its hash" python_packages
    step "PostgreSQL: the owner of the tables, and the application" database
    step "Redis" redis
    step "$ENV_FILE" environment
    step "The tables, and the application's rights" tables
    step "The static files" poemvision-manage collectstatic --no-input --clear
    step "The services" services
    step "nginx" proxy
    step "Waiting until it can work" ready
    say "" "Poem Vision AI is running at https://$HOST"
    [ -z "$OWNER" ] || poemvision-manage createowner --email "$OWNER"
    grep -q '^STRIPE_SECRET_KEY=.' $ENV_FILE || say "Top-ups are off: set STRIPE_… in $ENV_FILE, then run this again."
}

options() {
    while [ $# -gt 0 ]; do
        [ $# -ge 2 ] || fail "$1 needs a value, or is no option of this script."
        case "$1" in
            --host) HOST=$2 ;;
            --owner) OWNER=$2 ;;
            --certificate) CERTIFICATE=$2 ;;
            --key) KEY=$2 ;;
            *) fail "$1 is no option of this script." ;;
        esac
        shift 2
    done
    [[ $HOST =~ ^[a-z0-9.-]+$ ]] || fail "--host must be the name under which people reach the site."
    [ -z "$CERTIFICATE$KEY" ] || { [ -n "$CERTIFICATE" ] && [ -n "$KEY" ]; } || fail "--certificate and --key go together."
    for file in $CERTIFICATE $KEY; do [ -r "$file" ] || fail "$file cannot be read."; done
}

look_around() {
    [ "$(id -u)" = 0 ] || fail "This must run as root."
    command -v apt-get >/dev/null || fail "This is for Debian: there is no apt-get."
    [ -d /run/systemd/system ] || fail "The services need systemd, and it does not run here."
    local service port
    while read -r service port; do
        if ! systemctl is-active --quiet "$service" && listens "$port"; then
            fail "Port $port is in use by something that is not $service; this brings up servers of its own."
        fi
    done <<<"nginx 80
nginx 443
redis-server 6379
poemvision-web 8000"
    : >$LOG && chmod 600 $LOG
}

packages() {
    local wanted="postgresql redis-server nginx openssl python3 python3-venv" missing="" name
    for name in $wanted; do
        dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing="$missing $name"
    done
    [ -z "$missing" ] && return
    apt-get update
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $missing
}

code() {
    id poemvision >/dev/null 2>&1 || useradd --system --home-dir $HOME_DIR --shell /usr/sbin/nologin poemvision
    mkdir -p $HOME_DIR
    if [ "$SOURCE" != $HOME_DIR ]; then
        # Tests, measurements and the stand-in for Stripe have no business here
        local kept="accounting accounts alerts artwork audit backups billing catalog ctas deploy exports files invites jobs ledger musicpool poemvision pricing referrals selfcheck sitestats static studio templates tunables ui memberships reports"
        (cd $HOME_DIR && rm -rf $kept)
        tar -C "$SOURCE" --exclude=__pycache__ --exclude=tests -cf - $kept manage.py requirements.txt .env.example |
            tar -C $HOME_DIR --no-same-owner -xf -
    fi
    install -m 755 $HOME_DIR/deploy/poemvision-manage /usr/local/bin/poemvision-manage
}

python_packages() {
    python3 -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' ||
        fail "Python 3.11 or 3.12 is needed; $(python3 --version) is what this machine has."
    $PYTHON -c "import pip" 2>/dev/null || python3 -m venv --clear $HOME_DIR/.venv
    $PYTHON -m pip install --no-input --disable-pip-version-check --require-hashes --only-binary=:all: \
        -r $HOME_DIR/requirements.txt
    $PYTHON -m compileall -q $HOME_DIR/*/ || true # only makes the first start faster
}

database() {
    systemctl enable --now postgresql
    until_true 60 postgres_port || fail "No cluster of Debian's PostgreSQL is online; see pg_lsclusters."
    if [ ! -e $OWNER_FILE ]; then
        private $OWNER_FILE <<<"DATABASE_OWNER_URL=postgresql://poemvision_owner:$(secret)@127.0.0.1:$(postgres_port)/poemvision
STATEMENT_TIMEOUT=0"
    fi
    local password
    password=$(sed -n 's|^DATABASE_OWNER_URL=.*//poemvision_owner:\(.*\)@.*|\1|p' $OWNER_FILE)
    # The application comes through PostgreSQL's socket, which knows its account: it has no password that could leak
    (cd / && runuser -u postgres -- psql -q -v ON_ERROR_STOP=1 -p "$(postgres_port)") <<SQL
SELECT 'CREATE ROLE poemvision_owner' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'poemvision_owner') \gexec
SELECT 'CREATE ROLE poemvision' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'poemvision') \gexec
ALTER ROLE poemvision_owner LOGIN CREATEDB PASSWORD '$password';
ALTER ROLE poemvision LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
SELECT 'CREATE DATABASE poemvision OWNER poemvision_owner ENCODING ''UTF8'' TEMPLATE template0'
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'poemvision') \gexec
REVOKE CONNECT ON DATABASE poemvision FROM PUBLIC;
GRANT CONNECT ON DATABASE poemvision TO poemvision;
SQL
}

redis() {
    local ours=/etc/redis/poemvision.conf
    [ -e $ours ] || install -m 640 -o root -g redis /dev/null $ours
    local password
    password=$(sed -n 's/^requirepass //p' $ours)
    { cat $HOME_DIR/deploy/redis.conf && echo "requirepass ${password:-$(secret)}"; } >$ours
    grep -q "^include $ours" /etc/redis/redis.conf || echo "include $ours" >>/etc/redis/redis.conf
    systemctl enable redis-server
    systemctl restart redis-server
}

environment() {
    [ -e $ENV_FILE ] && return
    private $ENV_FILE <<ENV
# What web, worker and beat read; $HOME_DIR/.env.example explains each name. After a change: systemctl restart 'poemvision-*'
MODE=production
BASE_URL=https://$HOST
ALLOWED_HOSTS=$HOST
TRUSTED_PROXIES=1
SECRET_KEY=$(secret)$(secret)
DATABASE_URL=postgresql://poemvision@/poemvision?host=/run/postgresql&port=$(postgres_port)
REDIS_URL=redis://:$(sed -n 's/^requirepass //p' /etc/redis/poemvision.conf)@127.0.0.1:6379/0
STRIPE_SECRET_KEY=
STRIPE_WEBHOOK_SECRET=
MAIL_FROM=Poem Vision AI <hello@$HOST>
EMAIL_HOST=localhost
SENTRY_DSN=
WEB_CONCURRENCY=3
ENV
}

tables() {
    poemvision-manage check --deploy
    poemvision-manage migrate --no-input
    poemvision-manage createcachetable
    poemvision-manage grant_rights
}

services() {
    local name
    for name in $SERVICES; do install -m 644 $HOME_DIR/deploy/$name.service /etc/systemd/system/; done
    for name in $TIMERS; do install -m 644 $HOME_DIR/deploy/$name.{service,timer} /etc/systemd/system/; done
    systemctl daemon-reload
    systemctl enable --now ${TIMERS// /.timer }.timer
    systemctl enable $SERVICES
    systemctl restart $SERVICES
}

proxy() {
    local folder=/etc/ssl/poemvision site=/etc/nginx/sites-available/poemvision
    install -d -m 755 $folder
    if [ -n "$CERTIFICATE" ]; then
        install -m 644 "$CERTIFICATE" $folder/fullchain.pem
        install -m 600 "$KEY" $folder/privkey.pem
    elif [ ! -e $folder/privkey.pem ]; then
        openssl req -x509 -newkey rsa:2048 -nodes -days 825 -subj "/CN=$HOST" -addext "subjectAltName=DNS:$HOST" \
            -keyout $folder/privkey.pem -out $folder/fullchain.pem
        chmod 600 $folder/privkey.pem
    fi
    sed -e "s|office\.example\.com|$HOST|g" -e "s|/etc/letsencrypt/live/$HOST|$folder|" $HOME_DIR/deploy/nginx.conf >$site
    ln -sf $site /etc/nginx/sites-enabled/poemvision
    nginx -t
    systemctl enable nginx
    systemctl reload-or-restart nginx
}

ready() {
    until_true 60 answers || fail "It does not become ready; see journalctl -u 'poemvision-*'."
    local name
    for name in $SERVICES; do systemctl is-active --quiet "$name" || fail "$name does not run; see journalctl -u $name."; done
}

answers() {
    $PYTHON -c "import sys, urllib.request as r
r.urlopen(r.Request('http://127.0.0.1:8000/readyz', headers={'Host': sys.argv[1]}), timeout=5)" "$HOST" 2>/dev/null
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Debian gives its cluster the first port from 5432 on that is free
postgres_port() { pg_lsclusters --no-header | awk '$4 == "online" { print $3; found = 1; exit } END { exit !found }'; }

secret() { openssl rand -hex 24; }

private() { install -m 600 /dev/null "$1" && cat >"$1"; }

until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >>$LOG 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.5
    done
}

step() {
    say "$1 …"
    shift
    # Not `if ! …`: bash would forget `set -e` inside
    set +e
    (set -e && "$@") >>$LOG 2>&1
    local status=$?
    set -e
    [ $status = 0 ] && return
    tail -n 8 $LOG >&2
    fail "This step failed; all of its words are in $LOG."
}

say() { printf '%s\n' "$@"; }

fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

main "$@"
