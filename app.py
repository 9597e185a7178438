"""The page: `python app.py`, or a Hugging Face Space that runs this file."""

import os
import sys

# Before Gradio is imported: it sends nothing, and does not sum up all requests after each one.
os.environ |= {"GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(sys.maxsize)}
os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"  # nor does it keep what it would sum up

from streetclip_demo.cli.options import read_options
from streetclip_demo.errors import UserError
from streetclip_demo.page.frame.given_back import keep_few_arenas
from streetclip_demo.page.frame.stubs import write_no_stubs
from streetclip_demo.serve.address import check_address
from streetclip_demo.serve.signals import end_at_once_when_asked
from streetclip_demo.surroundings import prepare_page

# Before what takes seconds to import: --help and a wrong option are answered at once, and a signal is heeded.
options = read_options(sys.argv[1:] if __name__ == "__main__" else [])
if __name__ == "__main__":
    end_at_once_when_asked()
    keep_few_arenas()
try:
    prepare_page(options.host or os.environ.get("GRADIO_SERVER_NAME"))
    if __name__ == "__main__" and not options.prefetch:
        check_address(options.host, options.port)
except UserError as error:
    print(error, file=sys.stderr)
    sys.exit(2)

if options.prefetch:
    from streetclip_demo.cli.prefetch import prefetch

    sys.exit(prefetch(options))

if options.log_format == "json":
    from streetclip_demo.serve.json_log import log_as_json

    log_as_json()

from streetclip_demo.serve.compose import make_services  # noqa: E402

write_no_stubs()  # before Gradio is imported
services, model = make_services(options)
if __name__ == "__main__":
    end_at_once_when_asked(services.uploads.close)  # what has been made by now
# Before Gradio is imported: it makes a folder there, for which its usual place may be another user's.
os.environ["GRADIO_TEMP_DIR"] = str(services.uploads.path)

from streetclip_demo.page.layout import create_page  # noqa: E402
from streetclip_demo.serve.hosting import Hosting  # noqa: E402
from streetclip_demo.serve.json_log import log_request  # noqa: E402
from streetclip_demo.serve.metrics import Metrics, serve_metrics  # noqa: E402
from streetclip_demo.serve.start import launch, run_until_stopped  # noqa: E402
from streetclip_demo.serve.stopping import Stop  # noqa: E402

metrics = Metrics(model.states, model.captions_from)
demo = create_page(metrics.measured(services))
metrics.watch(demo)

if __name__ == "__main__":
    where = {"server_name": options.host, "server_port": options.port, "share": options.share}
    hosting = Hosting.by(options, model.state, (metrics.observe, log_request))
    stop = Stop()
    serve_metrics(metrics, options.metrics_port)

    def start() -> int:
        model.load_before_launch()
        launch(demo, services.uploads, stop, hosting, where)
        model.start()  # behind the page, which is up by now
        return model.problem()

    run_until_stopped(demo, stop, start, [services.uploads.close])
model.start()
