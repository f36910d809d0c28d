#!/bin/bash
# Rehearse deploy/install.sh: a throw-away Debian 12 with systemd of its own on this machine, the installation in it from
# nothing (and once more over itself), the walk of tests/browser/test_walk.py through it in a browser, a backup and its
# restore. As root, with debootstrap and systemd-nspawn; ports 80, 443, 6379 and 8000 must be free. Nothing of it is left but the cache.
#
# Production talks to https://api.stripe.com and to nobody else, and so it does here: inside the machine that name leads to
# the Stripe sandbox, behind a certificate that only this machine's copy of Stripe's client trusts.
set -euo pipefail
cd "$(dirname "$0")/.."
. bin/python.sh

CACHE=${REHEARSAL_CACHE:-/var/cache/poemvision-rehearsal}
HOST=office.example.com
STRIPE="api.stripe.com checkout.stripe.com"
WORK=$(mktemp -d)
MACHINE=$CACHE/debian-12
RESULT=failed

main() {
    [ "$(id -u)" = 0 ] || fail "This must run as root."
    for program in debootstrap systemd-nspawn openssl; do
        command -v $program >/dev/null || fail "This needs $program (Debian's packages debootstrap, systemd-container, openssl)."
    done
    trap end EXIT
    prepare
    boot
    say "Installing …"
    install_system --owner owner@example.com | tee "$WORK/installed"
    say "Stand-ins for Stripe and for a mail server …"
    stripe
    inside systemd-run --quiet --unit=mail python3 -W ignore -u -m smtpd -n -c DebuggingServer 127.0.0.1:25
    say "Once more, over itself, now with a key …"
    install_system
    say "The walk …"
    walk
    say "Backups and a drill …"
    backups
    inspect
    RESULT=passed
}

prepare() {
    [ -d "$MACHINE" ] || debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,python3,python3-venv,openssl \
        bookworm "$MACHINE.unfinished" >"$WORK/debootstrap.log" || fail "debootstrap failed; see $WORK/debootstrap.log."
    [ -d "$MACHINE" ] || mv "$MACHINE.unfinished" "$MACHINE"
    mkdir -p "$CACHE/pip"
    authority
}

# One certificate for the three names, signed by an authority that lives as long as this rehearsal
authority() {
    (
        cd "$WORK"
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Rehearsal" -keyout ca.key -out ca.pem
        openssl req -newkey rsa:2048 -nodes -subj "/CN=$HOST" -keyout site.key -out site.csr
        openssl x509 -req -in site.csr -CA ca.pem -CAkey ca.key -days 2 -out site.pem \
            -extfile <(printf 'subjectAltName=DNS:%s' "$HOST"; printf ',DNS:%s' $STRIPE)
    ) 2>"$WORK/openssl.log"
}

boot() {
    systemd-nspawn --quiet --directory="$MACHINE" --volatile=overlay --machine=rehearsal --register=no --keep-unit --boot \
        --bind-ro="$PWD:/src" --bind="$CACHE/pip:/root/.cache/pip" --bind-ro="$WORK:/rehearsal" --resolv-conf=copy-host \
        --bind-ro=/etc/ssl/certs/ca-certificates.crt --console=pipe </dev/null >"$WORK/boot.log" 2>&1 &
    NSPAWN=$!
    until LEADER=$(pgrep -P $NSPAWN) && inside systemctl is-system-running --wait 2>/dev/null | grep -qE 'running|degraded'; do
        kill -0 $NSPAWN 2>/dev/null || fail "The machine did not boot; see $WORK/boot.log."
        sleep 0.5
    done
    inside tee -a /etc/hosts >/dev/null <<<"127.0.0.1 localhost $HOST $STRIPE"
}

inside() { nsenter -t "$LEADER" -a env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"; }

install_system() {
    # Where this machine's pip looks, if not at PyPI itself
    inside HOME=/root PIP_CERT=/etc/ssl/certs/ca-certificates.crt ${PIP_INDEX_URL:+PIP_INDEX_URL=$PIP_INDEX_URL} \
        bash /src/deploy/install.sh --host $HOST \
        --certificate /rehearsal/site.pem --key /rehearsal/site.key "$@"
}

# The sandbox in the machine, and nginx in front of it under Stripe's two names. Production refuses a key of the sandbox,
# and the sandbox any other: nginx hands over one for the other.
stripe() {
    local key secret sandbox=sk_test_sandbox_rehearsal
    key=rk_test_$(openssl rand -hex 12)
    secret=whsec_$(openssl rand -hex 12)
    inside sed -i -e "s/^STRIPE_SECRET_KEY=.*/STRIPE_SECRET_KEY=$key/" -e "s/^STRIPE_WEBHOOK_SECRET=.*/STRIPE_WEBHOOK_SECRET=$secret/" \
        /etc/poemvision.env
    inside sh -c 'cat /rehearsal/ca.pem >>"$(/opt/poemvision/.venv/bin/python -c "import stripe; print(stripe.ca_bundle_path)")"'
    inside systemd-run --quiet --unit=sandbox --working-directory=/src --setenv=SANDBOX_DB=/var/tmp/sandbox.sqlite3 \
        --setenv=SANDBOX_URL=https://checkout.stripe.com --setenv=SANDBOX_API_KEY=$sandbox \
        --setenv=SANDBOX_WEBHOOK_SECRET="$secret" --setenv=SANDBOX_WEBHOOK_URL=http://127.0.0.1:12112/webhooks/stripe/ \
        --setenv=PYTHONDONTWRITEBYTECODE=1 /opt/poemvision/.venv/bin/python -m stripesandbox
    inside tee /etc/nginx/sites-enabled/stripe >/dev/null <<NGINX
server {
    listen 443 ssl http2;
    server_name $STRIPE;
    ssl_certificate /rehearsal/site.pem;
    ssl_certificate_key /rehearsal/site.key;
    location / {
        proxy_pass http://127.0.0.1:12111;
        proxy_set_header Host checkout.stripe.com;
        proxy_set_header Origin http://checkout.stripe.com;  # as the sandbox, which speaks plain http, sees itself
    }
    location /v1/ {
        proxy_pass http://127.0.0.1:12111;
        proxy_set_header Host checkout.stripe.com;
        if (\$http_authorization != "Bearer $key") { return 401; }
        proxy_set_header Authorization "Bearer $sandbox";
    }
}
server {
    listen 127.0.0.1:12112;  # the sandbox trusts public authorities only, so its letters take this way to the site
    location / {
        proxy_pass https://127.0.0.1;
        proxy_ssl_server_name on;
        proxy_ssl_name $HOST;
        proxy_set_header Host $HOST;
    }
}
NGINX
    inside systemctl reload nginx
}

walk() {
    local enter="nsenter -t $LEADER -a" link
    link=$(grep -o "https://$HOST/account/owner/[^ ]*" "$WORK/installed")
    printf '{"url": "https://%s", "sandbox": "https://checkout.stripe.com", "owner_link": "%s", "manage": "%s", "mails": "%s"}\n' \
        $HOST "$link" "$enter poemvision-manage" "$enter journalctl -q -o cat -u mail" >"$WORK/system.json"
    INSTALLED_SYSTEM=$WORK/system.json "$PYTHON" -m pytest -q -rs tests/browser/test_walk.py -k installed
}

# By hand and as the timers start them: all of it is the application's account's, and the newest can be restored
backups() {
    local name foreign
    for name in backup drill; do
        inside systemctl is-active --quiet poemvision-$name.timer || fail "poemvision-$name.timer does not run."
    done
    inside poemvision-manage backup
    for name in backup drill; do
        inside systemctl start poemvision-$name.service || fail "$(inside journalctl -q -o cat -u poemvision-$name)"
        inside journalctl -q -o cat -u poemvision-$name
    done
    foreign=$(inside find /var/lib/poemvision ! -user poemvision)
    [ -z "$foreign" ] || fail "The application's account does not own all of its folder: $foreign"
    [ "$(inside sh -c 'ls -d /var/lib/poemvision/backups/poemvision-*Z | wc -l')" = 2 ] || fail "There are not two backups."
}

# What the walk cannot see
inspect() {
    local port words secret
    port=$(inside pg_lsclusters --no-header | awk '{ print $3 }')
    words=$(inside runuser -u poemvision -- psql -h /run/postgresql -p "$port" -c "DELETE FROM ledger_entry" poemvision 2>&1 || true)
    [[ $words == *"permission denied"* ]] || fail "The application's role may delete from the ledger: $words"
    inside journalctl -q -o cat -u 'poemvision-*' >"$WORK/journal"
    for secret in $(inside sh -c "sed -n 's/^\(SECRET_KEY\|STRIPE_[A-Z_]*\)=//p' /etc/poemvision.env; sed -n 's/^requirepass //p' /etc/redis/poemvision.conf"); do
        ! grep -qF "$secret" "$WORK/journal" || fail "A secret of /etc/poemvision.env stands in the journal."
    done
    grep -q '"request_id": "' "$WORK/journal" || fail "No line of the journal has a request's id."
    [ -z "$(inside systemctl --failed --no-legend)" ] || fail "A service failed: $(inside systemctl --failed --no-legend)"
}

end() {
    [ $RESULT = passed ] || { [ -z "${LEADER:-}" ] || inside tail -n 15 /var/log/poemvision-install.log || true; }
    if [ -n "${NSPAWN:-}" ] && kill -TERM $NSPAWN 2>/dev/null; then wait $NSPAWN || true; fi
    [ $RESULT = passed ] && rm -rf "$WORK" || say "What is left to look at: $WORK"
    say "The rehearsal $RESULT."
}

say() { printf '%s\n' "$@"; }

fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

main "$@"
