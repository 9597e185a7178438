"""The page: `python app.py`, or a Hugging Face Space that runs this file."""

import os
import sys

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before Gradio is imported

from streetclip_demo.options import read_options
from streetclip_demo.page.layout import create_page, launch_options
from streetclip_demo.services import make_services, prefetch

options = read_options(sys.argv[1:] if __name__ == "__main__" else [])
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
