# Runs an errand out of reach of Ctrl-C, and closes its input when it is to end: then it ends what it started in
# the right order, and a person has the prompt back when all of it is gone. Should this shell be killed, its end
# of the pipe closes all the same.
#
#   bash -c "$(cat keeper.sh)" bash ERRAND [ARGUMENT …]

# A process group of its own for the errand: the terminal signals the one in front only.
set -m
exec 3>&1
coproc errand { exec "$@" >&3 3>&-; }
pid=$errand_PID
bell=${errand[1]}
# What the shell says about its jobs is nobody's news.
exec 2> /dev/null
trap 'exec {bell}>&-' INT TERM HUP
wait "$pid"
# A signal ends the wait early, its trap has rung.
while kill -0 "$pid"; do wait "$pid"; done
wait "$pid"
