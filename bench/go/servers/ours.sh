#!/usr/bin/env bash
# The server of this repository: same contract as go-peer.sh.
#   ours.sh build
#   ours.sh start DIR ETCD_URL PORT
#   ours.sh stop DIR
# OURS_MAIN picks another entry point than the built `apiserver-kit` command. What matters is the same etcd, the same certificates, loopback only, and that
# "start" returns at once with KUBECONFIG= and SERVER_PID= (children of that
# pid are counted too, so a cluster's workers are included).
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
main=${OURS_MAIN:-$root/packages/server/dist/bin/apiserver-kit.js}
cmd=$1
case $cmd in
build) ${OURS_BUILD:-true} ;;
start)
  dir=$2 etcd=$3 port=$4 pki=$2/pki
  NODE_ENV=production setsid ${OURS_NODE:-node} ${OURS_NODE_FLAGS:-} "$main" serve --storage-backend=etcd3 \
    --etcd-servers="$etcd" --bind-address=127.0.0.1 --secure-port="$port" \
    --tls-cert-file="$pki/server.crt" --tls-private-key-file="$pki/server.key" \
    --client-ca-file="$pki/ca.crt" ${OURS_FLAGS:-} >"$dir/server.log" 2>&1 </dev/null &
  pid=$!
  echo "$pid" >"$dir/server.pid"
  echo "KUBECONFIG=$pki/kubeconfig"
  echo "SERVER_PID=$pid"
  ;;
stop)
  dir=$2
  [ -f "$dir/server.pid" ] || exit 0
  pid=$(cat "$dir/server.pid"); kill "$pid" 2>/dev/null || true
  for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  kill -9 "$pid" 2>/dev/null || true
  rm -f "$dir/server.pid"
  ;;
esac
