"""The page: `python app.py`, or a Hugging Face Space that runs this file."""

import os
import sys

# Before Gradio is imported: it sends nothing, and does not sum up all requests after each one.
os.environ |= {"GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(sys.maxsize)}
os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"  # nor does it keep what it would sum up

from streetclip_demo.options import read_options

# Before what takes seconds to import: --help and a wrong option are answered at once.
options = read_options(sys.argv[1:] if __name__ == "__main__" else [])

from streetclip_demo.page.layout import create_page, launch_options  # noqa: E402
from streetclip_demo.services import make_services, prefetch  # noqa: E402

if options.prefetch:
    sys.exit(prefetch(options))
services, model = make_services(options)
demo = create_page(services)

if __name__ == "__main__":
    where = {"server_name": options.host, "server_port": options.port, "share": options.share}
    demo.launch(**where, **launch_options(demo), prevent_thread_lock=True)
    model.start()  # behind the page, which is up by now
    sys.exit(model.problem() or demo.block_thread())
model.start()
