"""Shell completions, asked for the way the shells do it."""

import shutil
import subprocess

import pytest

from appliance import binary

# What bash's own machinery calls when somebody presses Tab: the function that `complete` has registered.
BASH = r"""
set -u
export PATH="$1:$PATH"; shift
source <(carrel completions bash)
[[ $(complete -p carrel) == "complete -F _carrel carrel" ]] || { echo "not registered"; exit 1; }
compopt() { :; }
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_carrel
((${#COMPREPLY[@]})) && printf '%s\n' "${COMPREPLY[@]}"
exit 0
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A folder with the program under its own name."""
    folder = tmp_path_factory.mktemp("bin")
    (folder / "carrel").symlink_to(binary())
    return folder


def bash(path, *words, cwd=None):
    done = subprocess.run(["bash", "--norc", "-c", BASH, "bash", str(path), "carrel", *words], capture_output=True, text=True, cwd=cwd, timeout=30)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout.split()


def test_commands(path):
    first = bash(path, "")
    assert {"import", "search", "serve", "tenant", "token", "completions"} <= set(first) and len(set(first)) == len(first)
    assert bash(path, "sear") == ["search"]
    assert {"create", "list", "delete"} <= set(bash(path, "tenant", ""))
    assert bash(path, "tenant", "cr") == ["create"]
    assert bash(path, "nonsense", "") == []


def test_options_and_their_values(path):
    assert {"--mode", "--limit", "--json"} <= set(bash(path, "search", "--"))
    assert bash(path, "search", "words", "--mo") == ["--mode"]
    assert bash(path, "search", "--mode", "") == ["hybrid", "bm25", "vector"]
    # bash hands --mode=v over in three words.
    assert bash(path, "search", "--mode", "=", "v") == ["vector"]
    assert bash(path, "search", "--mode", "=") == ["hybrid", "bm25", "vector"]
    assert bash(path, "tenant", "create", "x", "--tier", "p") == ["pro"]
    assert bash(path, "completions", "z") == ["zsh"]
    assert bash(path, "search", "--limit", "") == []


def test_files_and_folders(path, tmp_path):
    (tmp_path / "papers").mkdir()
    (tmp_path / "paper.md").write_text("x")
    assert sorted(bash(path, "import", "pap", cwd=tmp_path)) == ["paper.md", "papers"]
    assert bash(path, "serve", "--data", "pap", cwd=tmp_path) == ["papers"]
    assert bash(path, "import", "--", "--", "pap", cwd=tmp_path) != []


def test_names_of_the_folder(path, fresh, tmp_path):
    appliance = fresh()
    for name in ("acme", "acorn", "birch"):
        appliance.tenant(name)
    notes = tmp_path / "notes.jsonl"
    notes.write_text('{"id": "1", "text": "alpha"}\n')
    appliance.run("import", notes, "--tenant", "acme", "--collection", "minutes", "--no-embeddings")
    data = ("--data", str(appliance.data))
    for _ in ("down", "up"):
        assert sorted(bash(path, "search", *data, "--tenant", "ac")) == ["acme", "acorn"]
        assert bash(path, "search", "--data", "=", str(appliance.data), "--tenant", "b") == ["birch"]
        assert bash(path, "tenant", "show", *data, "bi") == ["birch"]
        assert bash(path, "search", *data, "--tenant", "acme", "--collection", "") == ["minutes"]
        # With several tenants and none named, nothing is guessed.
        assert bash(path, "search", *data, "--collection", "") == []
        if appliance.process is None:
            appliance.start()


def test_asking_makes_no_folder(path, tmp_path):
    assert bash(path, "search", "--tenant", "", cwd=tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_reads_its_script(path, tmp_path, shell):
    script = subprocess.run([binary(), "completions", shell], capture_output=True, text=True, check=True).stdout
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    file = tmp_path / "script"
    file.write_text(script)
    done = subprocess.run([shell, "-n", file], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and done.stderr == ""


def test_fish(path, tmp_path):
    if shutil.which("fish") is None:
        pytest.skip("no fish here")

    def fish(line):
        program = 'set -x PATH $argv[1] $PATH; carrel completions fish | source; complete -C $argv[2]'
        done = subprocess.run(["fish", "--no-config", "-c", program, str(path), line], capture_output=True, text=True, timeout=30, cwd=tmp_path)
        assert done.returncode == 0 and done.stderr == "", done.stderr
        return [offered.split("\t")[0] for offered in done.stdout.splitlines()]

    assert {"import", "search", "tenant"} <= set(fish("carrel "))
    assert fish("carrel tenant cr") == ["create"]
    assert sorted(fish("carrel search --mode ")) == ["bm25", "hybrid", "vector"]
    assert "--json" in fish("carrel search x --")
    assert "--json" not in fish("carrel completions --")


def test_zsh(path, tmp_path):
    """In a terminal of its own, since zsh completes only where somebody types."""
    if shutil.which("zsh") is None:
        pytest.skip("no zsh here")
    program = r"""
import os, pty, select, sys, time
path, line = sys.argv[1:3]
pid, master = pty.fork()
if pid == 0:
    os.environ |= {"PATH": path + ":" + os.environ["PATH"], "TERM": "dumb", "PS1": "ready>"}
    os.execvp("zsh", ["zsh", "-f", "-i"])
def until(mark, seconds=20):
    seen, end = b"", time.monotonic() + seconds
    while mark not in seen and time.monotonic() < end:
        if select.select([master], [], [], 0.2)[0]:
            try: piece = os.read(master, 65536)
            except OSError: break
            if not piece: break
            seen += piece
    return seen
until(b"ready>")
os.write(master, b"autoload -U compinit; compinit -u -D; source <(carrel completions zsh); bindkey '^I' complete-word; PS1='set''>'\n")
until(b"set>")
os.write(master, line.encode() + b"\t")
time.sleep(1.5)
os.write(master, b"\x01print -r -- '\x05' >completed; print do''ne\n")
until(b"done")
os.close(master)
os.kill(pid, 9)
os.waitpid(pid, 0)
"""

    def zsh(line):
        done = subprocess.run(["python3", "-c", program, str(path), line], capture_output=True, text=True, timeout=60, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return (tmp_path / "completed").read_text().strip()

    assert zsh("carrel sear") == "carrel search"
    assert zsh("carrel tenant cr") == "carrel tenant create"
    assert zsh("carrel search --mode ve") == "carrel search --mode vector"
    assert zsh("carrel search --no") == "carrel search --no"
