"""Puts our tabs and our guard into Flower, by its public names, before it makes its application."""

from __future__ import annotations

import gc
from functools import cache
from pathlib import Path
from typing import Any

import flower.urls
from flower.views import BaseHandler
from flower.views.auth import LoginHandler
from flower.views.error import NotFoundErrorHandler
from flower.views.tasks import TasksDataTable
from kombu.utils.imports import symbol_by_name
from tornado import web
from tornado.options import options
from tornado.routing import URLSpec

from batchline.producers.settings import Settings
from batchline.worker.dashboard import access, request_log
from batchline.worker.dashboard.guard import Guarded
from batchline.worker.dashboard.house import House
from batchline.worker.dashboard.routes import ours
from batchline.worker.dashboard.templates_loader import loader

#: The columns of Flower's list of tasks, by its own default, and with what says most of ours.
FLOWERS_COLUMNS = "name,uuid,state,received,runtime,worker"
COLUMNS = "name,args,state,result,received,runtime,worker"
#: Tasks that Flower keeps in memory, by its own default, and what is enough here: a task is a
#: lane's wake-up, takes 9 kB, and what became of messages stands in Redis.
FLOWERS_TASKS = 100_000
TASKS = 2_000


def install(settings: Settings) -> House:
    """Install the dashboard for these settings, and for Flower's options as they have been read.

    Raises `access.Refused` where Flower may not start with them. A later call replaces an earlier.
    """
    house = House(settings)
    access.configure(options, settings, house.users)
    if options.tasks_columns == FLOWERS_COLUMNS:
        options.tasks_columns = COLUMNS
    if options.max_tasks == FLOWERS_TASKS:
        options.max_tasks = TASKS
    _into_flower()
    flower.urls.settings[House.NAME] = house
    flower.urls.settings["log_function"] = request_log.note
    flower.urls.settings["static_handler_class"] = request_log.NamelessStatic
    flower.urls.settings["xsrf_cookie_kwargs"] = {
        "samesite": "Lax",
        "secure": bool(options.certfile and options.keyfile),
    }
    return house


@cache
def _into_flower() -> None:
    """Guard each handler of Flower's, and add ours before them."""
    theirs = [_guarded(rule) for rule in flower.urls.handlers]
    flower.urls.handlers[:] = [*ours(), *theirs]
    folder = Path(flower.urls.settings["template_path"])
    flower.urls.settings["template_loader"] = loader(folder)
    # Celery's tasks in memory refer to themselves: those that Flower forgets go with the collector,
    # which looks once a quarter has been added to what stays. What was imported is not to count.
    gc.collect()
    gc.freeze()
    gc.collect()


def _guarded(rule: Any) -> Any:
    """The same rule, with a handler of the same name that is guarded."""
    spec = rule if isinstance(rule, URLSpec) else web.url(*rule)
    handler = spec.handler_class
    if handler is web.StaticFileHandler:
        return web.url(spec.regex.pattern, request_log.NamelessStatic, spec.kwargs, spec.name)
    if not issubclass(handler, BaseHandler):
        return rule
    act = "" if handler is TasksDataTable else Guarded.act  # it reads, by POST too
    mine = Login if issubclass(handler, LoginHandler) else guarded(handler, act)
    return web.url(spec.regex.pattern, mine, spec.kwargs, spec.name)


@cache
def guarded(handler: type[Any], act: str = Guarded.act) -> type[Any]:
    """A handler that does the same as this one, and is guarded."""
    if issubclass(handler, Guarded):
        return handler
    return type(handler.__name__, (Guarded, handler), {"__module__": __name__, "act": act})


class Login(LoginHandler):  # type: ignore[misc] # Flower has no types
    """The login of the provider in force, guarded too; like Flower's, it makes another object."""

    def __new__(cls, *rest: Any, **more: Any) -> Any:
        provider = symbol_by_name(options.auth_provider or NotFoundErrorHandler)
        return guarded(provider, "")(*rest, **more)
