"""Stands in for the package `spaces` (0.51.3) on a ZeroGPU Space: what its runtime and the host do, with no GPU.

CUDA is emulated in the thread that imports this; weights that are put there are not in this process any more. A call
goes, pickled, to a forked process that has them. ZERO_GPU_FOLDER names a folder for the test: `next` in it says what
the host does with the next call, and `log` gets a line for each event.
"""

import functools
import json
import multiprocessing
import os
import pickle
import time
from multiprocessing.connection import wait
from pathlib import Path

import gradio
import torch
from gradio.context import LocalContext
from torch.overrides import TorchFunctionMode
from torch.utils.weak import WeakTensorKeyDictionary

FOLDER = Path(os.environ["ZERO_GPU_FOLDER"])
FORK = multiprocessing.get_context("fork")
PATIENCE_SECONDS = 0.3  # the host's, in place of a call's duration
REFUSALS = {  # titles and messages of spaces/zero/client.py
    "quota": (
        "ZeroGPU quota exceeded",
        "You have exceeded your free ZeroGPU quota (12s requested vs. 3s left).",
    ),
    "queue": ("ZeroGPU queue timeout", "No GPU was available after 60s. Retry later"),
    "queue, not signed in": (
        "ZeroGPU quota exceeded",
        "No GPU was available after 60s. Try re-running outside",
    ),
    "full": ("ZeroGPU client error", "No GPU was available"),
    "too long": (
        "ZeroGPU illegal duration",
        "The requested GPU duration (90s) is larger than the maximum allowed",
    ),
}

decorated = []
weights = WeakTensorKeyDictionary()  # what stands in this process for a tensor on the GPU -> that tensor
workers = []  # forked before, and idle
launched = False


def note(event, **about):
    with open(FOLDER / "log", "a", encoding="utf-8") as log:
        log.write(json.dumps({"event": event, **about}) + "\n")


class EmulatedCuda(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func == torch.Tensor.to and any(_is_cuda(value) for value in (*args[1:], *kwargs.values())):
            away = torch.full_like(args[0], float("nan"), requires_grad=False)
            weights[away] = args[0].detach().clone()
            return away
        if func == torch.Tensor.data.__set__ and args[1] in weights:
            weights[args[0]] = weights[args[1]]
        if func == torch.Tensor.device.__get__ and args[0] in weights:
            return torch.device("cuda", 0)
        return func(*args, **kwargs)


def _is_cuda(value):
    return isinstance(value, str | torch.device) and torch.device(value).type == "cuda"


EmulatedCuda().__enter__()
torch.cuda.is_available = lambda: True
torch.cuda.device_count = lambda: 1


def launch(*args, **kwargs):
    global launched
    gradio.Blocks.launch = launch_as_ever
    if not decorated:
        print("No @spaces.GPU function detected during startup", flush=True)
        os._exit(1)
    note("startup report", tensors=len(weights), bytes=sum(one.nbytes for one in weights.values()))
    launched = True
    return gradio.Blocks.launch(*args, **kwargs)


launch_as_ever, gradio.Blocks.launch = gradio.Blocks.launch, launch


def GPU(task=None, *, duration=60, size=None):
    if task is None:
        return functools.partial(GPU, duration=duration, size=size)
    decorated.append(task)

    @functools.wraps(task)
    def handler(*args):
        assert launched, "the host lends no GPU before the startup report"
        call = pickle.dumps(args)
        request = LocalContext.request.get(None)
        token = request.headers.get("x-ip-token") if request else None
        note("call", seconds=duration(*args), token=token, bytes=len(call))
        plan = _planned()
        if plan in REFUSALS:
            title, message = REFUSALS[plan]
            raise gradio.Error(message, title=title, print_exception=False)
        if plan == "no host":
            raise RuntimeError("ZeroGPU API /schedule error: 502 (Bad Gateway)")
        return _carried_out(task, call, plan)

    return handler


def _planned():
    try:
        plan = (FOLDER / "next").read_text(encoding="utf-8")
        (FOLDER / "next").unlink()
    except FileNotFoundError:
        return ""
    return plan


def _carried_out(task, call, plan):
    process, pipe = workers.pop() if workers else _forked(task)
    pipe.send((call, plan))
    if plan == "out of time" and not wait([pipe, process.sentinel], PATIENCE_SECONDS):
        process.kill()
    try:
        kind, value = pickle.loads(pipe.recv())
    except EOFError:  # the process is no more
        raise gradio.Error("GPU task aborted", title="ZeroGPU worker error", print_exception=False) from None
    workers.append((process, pipe))
    note("end of a call")
    if kind == "error":
        raise gradio.Error(value, title="ZeroGPU worker error", print_exception=False)
    return value


def _forked(task):
    pipe, other = FORK.Pipe()
    process = FORK.Process(target=_work, args=(task, other, pipe), daemon=True)
    process.start()
    other.close()
    note("fork", pid=process.pid)
    return process, pipe


def _work(task, pipe, parents):
    parents.close()
    torch.set_num_threads(1)
    for away, weight in list(weights.items()):
        away.data = weight
    while True:
        try:
            call, plan = pipe.recv()
        except EOFError:
            os._exit(0)
        if plan == "abort":
            os._exit(1)
        if plan == "out of time":
            time.sleep(60)
        try:
            made = "result", task(*pickle.loads(call))
        except Exception as error:  # noqa: BLE001 - its kind alone goes back
            made = "error", type(error).__name__
        pipe.send(pickle.dumps(made))
