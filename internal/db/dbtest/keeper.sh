# keeper BIN FOLDER: runs the test server in FOLDER until FOLDER/stop appears or nobody has held use.lock for
# two minutes; then removes its data.
bin=$1
cd "$2" || exit 1
"$bin/postgres" -D data \
	-c listen_addresses= -c unix_socket_directories="$2" -c max_connections=400 \
	-c fsync=off -c full_page_writes=off -c shared_buffers=128MB -c log_min_messages=warning >log 2>&1 &
server=$!
idle=0
while kill -0 $server 2>/dev/null; do
	sleep 1
	if flock -n -x use.lock true; then idle=$((idle + 1)); else idle=0; fi
	if [ -e stop ] || [ $idle -ge 120 ]; then
		# Tests that begin now wait for use.lock until the server is gone, then start another.
		exec 9<use.lock
		if flock -n -x 9 || [ -e stop ]; then
			kill -INT $server
			wait $server
			rm -rf data stop
			exit 0
		fi
		exec 9<&-
	fi
done
