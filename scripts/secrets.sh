#!/usr/bin/env bash
# Fill secrets/ for docker-compose.yml. What is there already is kept.
# Only the owner may enter the folder; the files inside are readable, because the containers'
# unprivileged user gets each of them mounted singly.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p secrets
chmod 700 secrets

keep() {
    local file=secrets/$1
    if [ -e "$file" ]; then
        echo "kept     $file"
    else
        printf '%s' "$2" >"$file"
        chmod 444 "$file"
        echo "created  $file"
    fi
}
random() { python3 -c 'import secrets; print(secrets.token_urlsafe(48))'; }

keep secret_key "$(random)"
keep postgres_password "$(random)"
keep database_url "postgres://liaison:$(cat secrets/postgres_password)@postgres:5432/liaison"
keep email_url "filemail:////data/mail"
keep sms_secret ""
keep webhook_groups "[]"
echo "E-mail goes to files until secrets/email_url names a server: smtp+tls://user:password@server:587"
