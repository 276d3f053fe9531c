# A Postgres and a Redis for the tests of stores, each on a free port, in a folder that goes away with them. Debian's
# packages, installed where they are missing. Sourced by `run`; what is started here is stopped by `stop_stores`.

stores_folder=""
redis_pid=""
pg_bin=""

# The packages start servers of their own otherwise.
install_packages() {
  local sudo=()
  if [ "$(id -u)" != 0 ]; then sudo=(sudo -n); fi
  command -v apt-get > /dev/null || return 1
  local install=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -q --no-install-recommends "$@")
  "${install[@]}" || { "${sudo[@]}" apt-get update -q && "${install[@]}"; }
}

free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'
}

find_postgres() {
  pg_bin="$(ls -d /usr/lib/postgresql/*/bin 2> /dev/null | sort -V | tail -n 1 || true)"
  if [ -z "$pg_bin" ] && command -v initdb > /dev/null; then pg_bin="$(dirname "$(command -v initdb)")"; fi
  [ -n "$pg_bin" ] && [ -x "$pg_bin/initdb" ]
}

# Postgres refuses to run as root; its package brings a user for it.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then
    (cd / && setpriv --reuid=postgres --regid=postgres --clear-groups "$@")
  else
    "$@"
  fi
}

start_postgres() {
  find_postgres || { install_packages postgresql && find_postgres; } || return 1
  local data="$stores_folder/postgres" port
  port="$(free_port)"
  mkdir "$data" && chmod 700 "$data"
  if [ "$(id -u)" = 0 ]; then chown postgres: "$data"; fi
  as_postgres "$pg_bin/initdb" --pgdata "$data/data" --auth=trust --username=codex --no-sync --encoding=UTF8 > /dev/null || return 1
  as_postgres "$pg_bin/pg_ctl" --pgdata "$data/data" -w -l "$data/log" \
    -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$data -c fsync=off" start > /dev/null || return 1
  export CODEX_TEST_POSTGRES="postgres://codex@127.0.0.1:$port/postgres"
}

start_redis() {
  command -v redis-server > /dev/null || { install_packages redis-server && command -v redis-server > /dev/null; } || return 1
  local port
  port="$(free_port)"
  mkdir "$stores_folder/redis"
  redis-server --port "$port" --bind 127.0.0.1 --dir "$stores_folder/redis" --save "" --appendonly no > "$stores_folder/redis/log" &
  redis_pid=$!
  for _ in $(seq 50); do
    if (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then
      export CODEX_TEST_REDIS="redis://127.0.0.1:$port"
      return 0
    fi
    kill -0 "$redis_pid" 2> /dev/null || return 1
    sleep 0.1
  done
  return 1
}

start_stores() {
  stores_folder="$(mktemp -d /tmp/codex-stores-XXXXXX)"
  chmod 711 "$stores_folder"
  start_postgres || echo "There is no Postgres for the tests: it is not installed, cannot be installed here (apt-get install postgresql), or does not start." >&2
  start_redis || echo "There is no Redis for the tests: it is not installed, cannot be installed here (apt-get install redis-server), or does not start." >&2
}

stop_stores() {
  if [ -n "$redis_pid" ]; then kill "$redis_pid" 2> /dev/null || true; wait "$redis_pid" 2> /dev/null || true; fi
  if [ -n "$pg_bin" ] && [ -n "$stores_folder" ] && [ -d "$stores_folder/postgres/data" ]; then
    as_postgres "$pg_bin/pg_ctl" --pgdata "$stores_folder/postgres/data" -m immediate stop > /dev/null 2>&1 || true
  fi
  if [ -n "$stores_folder" ]; then rm -rf "$stores_folder"; fi
}
