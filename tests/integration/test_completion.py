"""What a shell offers behind a Tab."""

import pytest

from batchline.worker.store import pause
from tests.builders import event


@pytest.fixture
def offered(stack, monkeypatch):
    """Offers what the words of a command line, the last one unfinished, can go on with."""

    def offers(*words):
        monkeypatch.setenv("_BATCHLINE_COMPLETE", "bash_complete")
        monkeypatch.setenv("COMP_WORDS", " ".join(["batchline", *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        done = stack.run()
        assert done.stderr == b""
        return [line.partition(",")[2] for line in done.stdout.decode().split()]

    return offers


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_that_calls_batchline(stack, shell):
    done = stack.run("completion", shell)
    assert done.returncode == 0
    assert f"_BATCHLINE_COMPLETE={shell}_complete" in done.stdout.decode()


def test_commands_checks_and_reasons_are_offered(offered):
    assert "doctor" in offered("do")
    assert offered("doctor", "brok") == ["broker"]
    assert "rejected" in offered("dead", "list", "--reason", "rej")


def test_accounts_operations_and_lanes_are_offered(offered, stack):
    with stack.producer() as producer:
        producer.send(event(1))
    assert offered("config", "de") == ["default"]
    assert offered("dead", "list", "--account", "") == ["default"]
    assert offered("pause", "default:event.add") == ["default:event.add", "default:event.add:0"]


def test_what_is_paused_is_offered_to_resume(offered, stack):
    pause.pause(stack.store, "default:event.add", "by a test")
    assert offered("resume", "") == ["default:event.add"]


def test_without_redis_or_settings_a_tab_offers_what_is_known(offered, stack):
    url = stack.settings.lanes_url()
    stack.config.write_text(stack.config.read_text().replace(url, "redis://127.0.0.1:1/0"))
    assert "default:event.add" in offered("resume", "default:event")
    stack.config.write_text("nonsense = [")
    assert offered("resume", "default") == []
