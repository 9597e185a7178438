// First of all in the page (serve/html_language.py): between Gradio's client and the server. Where the connection breaks, or the
// server is started again, Gradio's client loads the page anew and all that was typed is gone. So it is not told: what
// it asked is asked once more as soon as the server is there again, and the page says what happened.
(() => {
  const ask = window.fetch.bind(window);
  const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
  const LONGEST_WAIT = 5000; // milliseconds between two attempts
  const SHOWN_FOR = 12000;
  const LONGEST_BUSY = 10; // seconds, and at most twice as many: an upload that nobody asks for stays for 30
  const LONGEST_CLOSING = 10500;
  const MOST_REPEATS = 3; // of one question that the server did not live to answer
  const asked = new Map(); // event of Gradio's queue that is not answered yet -> how it was asked
  const early = new Map(); // answered before the answer to the question was read -> whether it succeeded
  const files = new Map(); // where an upload lies on the server -> the file
  let photo = null; // the last file that the server took for one
  let api = ''; // where the server's routes begin
  let closing = null; // the promise that Gradio's client knows that its stream has ended
  let coming = null; // the promise that the server is there again, while it is not
  let started = null; // which start of the server this is
  let restartedAt = -Infinity; // when it was found to be another one
  let readings = 0; // of the stream, so far
  let isOther = false; // whether it now has another page than this one

  // What is said

  const element = () => document.querySelector('#connection [role=status]');
  function say(what, milliseconds) {
    const place = element();
    if (!place) return;
    place.textContent = what ? place.dataset[what] : '';
    place.dataset.shown = what;
    if (milliseconds) setTimeout(() => place.dataset.shown === what && say(''), milliseconds);
  }

  // Is the server there?

  // All that an answer's way back depends on: the parts of the page and which of them each listener fills.
  const shape = ({components, dependencies}) =>
    JSON.stringify([
      components.map(({id, type}) => [id, type]),
      dependencies.map(({id, inputs, outputs, targets}) => [id, inputs, outputs, targets]),
    ]);

  async function whichStart() {
    const answer = await ask(`${api}/app_id`, {cache: 'no-store'});
    if (!answer.ok) throw new TypeError('not there');
    return (await answer.json()).app_id;
  }

  async function untilThere() {
    for (let pause = 250; ; pause = Math.min(2 * pause, LONGEST_WAIT)) {
      try {
        const start = await whichStart();
        started ??= window.gradio_config?.app_id ?? start;
        const restarted = start !== started;
        if (restarted) {
          const config = await (await ask(`${api.replace(/\/gradio_api$/, '')}/config`, {cache: 'no-store'})).json();
          isOther = shape(config) !== shape(window.gradio_config);
          [started, restartedAt] = [start, performance.now()];
        }
        // Of several breaks in a row, as while one of two servers goes, the last must not hide what the first one meant.
        const isNew = performance.now() - restartedAt < SHOWN_FOR;
        if (isOther) say('changed');
        else say(isNew ? 'restarted' : 'back', SHOWN_FOR);
        return;
      } catch {
        say('lost');
        await wait(pause);
      }
    }
  }
  const there = () =>
    (coming ??= untilThere().finally(() => {
      coming = null;
    }));

  const isGone = ({status}) => [502, 503, 504].includes(status); // a proxy's answers for a server that is not there

  // The server lets in so much from one network, and so many questions: in how many milliseconds it lets in more. Pages that wait together do
  // not come back together.
  const busyFor = (answer) =>
    1000 * Math.min(Number(answer.headers.get('retry-after')) || 1, LONGEST_BUSY) * (1 + Math.random());

  async function askUntilAnswered(url, options) {
    for (;;) {
      try {
        const answer = await ask(url, options);
        if (options?.method === 'POST') await answer.clone().arrayBuffer(); // which may break off half way, too
        const isFull = answer.headers.has('streetclip-full'); // of questions that wait
        if (answer.status === 429 || isFull) {
          say(isFull ? 'full' : 'busy', SHOWN_FOR);
          await wait(busyFor(answer));
          continue;
        }
        if (!isGone(answer)) {
          if (['busy', 'full'].includes(element()?.dataset.shown)) say('');
          return answer;
        }
      } catch (error) {
        if (error.name === 'AbortError') throw error;
      }
      await there();
      await wait(250);
    }
  }

  // Uploads

  async function upload(url, options) {
    const sent = options?.body instanceof FormData ? options.body.getAll('files') : [];
    if (sent.length > 1) return uploadEach(url, options, sent);
    const answer = await askUntilAnswered(url, options);
    if (!answer.ok || !sent.length) return answer;
    const paths = await answer.clone().json();
    for (const [i, file] of sent.entries()) files.set(paths[i], file);
    while (files.size > 4) files.delete(files.keys().next().value);
    return answer;
  }

  // The server takes one file a request, which Gradio's client sends together where several are dropped.
  async function uploadEach(url, options, sent) {
    const paths = [];
    for (const file of sent) {
      const body = new FormData();
      body.append('files', file);
      const answer = await upload(url, {...options, body});
      if (!answer.ok) return answer;
      paths.push(...(await answer.json()));
    }
    return new Response(JSON.stringify(paths), {headers: {'content-type': 'application/json'}});
  }

  async function sendFile(file) {
    const body = new FormData();
    body.append('files', file);
    const answer = await upload(`${api}/upload`, {method: 'POST', body});
    return answer.ok ? (await answer.json())[0] : null;
  }

  window.streetclip = {
    // The photo's file once more, as Gradio's components write an upload; null where this page no longer has it.
    async sendAgain() {
      const path = photo && (await sendFile(photo));
      return path
        ? {path, orig_name: 'photo', size: photo.size, mime_type: photo.type, meta: {_type: 'gradio.FileData'}}
        : null;
    },
  };

  // Questions, and the stream on which their answers come

  // A question has its answer from that start of the server which took it, and on a stream of that one only.
  const taken = (answer) => ({start: answer.headers.get('streetclip-start'), reading: readings});

  async function join(url, options) {
    const answer = await askUntilAnswered(url, options);
    if (!answer.ok) return answer;
    const event = (await answer.clone().json()).event_id;
    const question = {url, options, repeats: 0, ...taken(answer)};
    if (early.has(event)) settle(question, early.get(event));
    else asked.set(event, question);
    early.delete(event);
    await closing; // or Gradio's client, which takes its stream for open, would open none for this answer
    return answer;
  }

  // A question is answered; what was sent with it and taken is the photo from now on, if it is no lesson or for one.
  function settle({options}, isTaken) {
    if (isForLesson(options.body)) return;
    const named = [...files].filter(([path]) => isTaken && options.body.includes(JSON.stringify(path)));
    for (const [, file] of named) if (file.type !== 'application/json') photo = file;
  }

  function isForLesson(body) {
    const {trigger_id: asker} = JSON.parse(body);
    const component = window.gradio_config?.components.find(({id}) => id === asker);
    return component?.props?.elem_id === 'making-photos';
  }

  // Ask what gets no answer any more once more; the server deleted what was uploaded for it, so that is sent again too.
  // True if it was taken.
  async function repeat(question) {
    if (isOther || ++question.repeats > MOST_REPEATS) return false;
    let {body} = question.options;
    for (const [path, file] of [...files]) {
      if (!body.includes(JSON.stringify(path))) continue;
      body = body.replaceAll(JSON.stringify(path), JSON.stringify(await sendFile(file)));
    }
    const headers = new Headers(question.options.headers);
    headers.set('streetclip-again', 'yes'); // the server may have answered it already, to nobody
    question.options = {...question.options, headers, body};
    const answer = await askUntilAnswered(question.url, question.options);
    if (!answer.ok) return false;
    Object.assign(question, taken(answer), {event: (await answer.json()).event_id});
    return true;
  }

  async function repeatAll(isLost, send) {
    for (const [event, question] of [...asked].filter(isLost)) {
      if (!(await repeat(question)) && asked.delete(event)) send(failed(event));
    }
  }

  const written = (message) => `data: ${JSON.stringify(message)}\n\n`;
  const failed = (event) =>
    written({
      msg: 'process_completed',
      event_id: event,
      success: false,
      output: {error: element()?.dataset.failed, visible: true},
    });

  // Gradio's client gives its stream up as soon as it reads this.
  function close(send, signal) {
    const known = new Promise((done) => signal.addEventListener('abort', done, {once: true}));
    closing = Promise.race([known, wait(LONGEST_CLOSING)]);
    send(written({msg: 'close_stream'}));
  }

  // One reading of the stream: passes on what comes, and says how it ended.
  async function pass(answer, send) {
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const {done, value} = await reader.read();
      if (done) return 'broken';
      const lines = (rest + value).split('\n\n');
      rest = lines.pop();
      for (const line of lines) {
        if (line.includes('"msg":"close_stream"')) return 'closed';
        // It does not know us, or is about to stop
        if (line.includes('"msg":"unexpected_error"'))
          return line.includes('"session_not_found":true') ? 'unknown' : 'broken';
        const event = /"event_id":"(\w+)"/.exec(line)?.[1];
        const ours = [...asked].find(([, question]) => question.event === event)?.[0] ?? event;
        send(`${event && ours !== event ? line.replace(event, ours) : line}\n\n`);
        if (line.includes('"msg":"process_completed"')) {
          const isTaken = line.includes('"success":true');
          if (asked.has(ours)) settle(asked.get(ours), isTaken);
          else early.set(ours, isTaken);
          asked.delete(ours);
        }
      }
    }
  }

  function stream(request) {
    const {url, signal} = request;
    const again = () => askUntilAnswered(url, {headers: request.headers, credentials: request.credentials, signal});
    async function run(send) {
      for (;;) {
        const reading = ++readings;
        const answer = await again();
        const {start} = taken(answer);
        let end = 'broken';
        try {
          if (answer.ok) {
            // What a start of the server took that was gone before this stream was open to break off.
            await repeatAll(([, question]) => question.start !== start, send);
            end = await pass(answer, send);
          }
        } catch (error) {
          if (signal.aborted) throw error;
        }
        // A server that knows us ends its stream when nothing that it took before is open: what is, is lost, too.
        const lost = new Set(
          [...asked.keys()].filter((event) => end === 'broken' || asked.get(event).reading < reading),
        );
        if (end !== 'closed') await there();
        // Not what was asked meanwhile, such as the photo's way back: the server that is there again knows of it.
        await repeatAll(([event]) => lost.has(event), send);
        if (asked.size) continue; // as its stream is open, Gradio's client opens no other for that
        close(send, signal);
        return;
      }
    }
    return streamed(run);
  }

  // A page's heartbeat: as long as its connection lasts, the server remembers what the page shows.
  function heartbeat(request) {
    const {url} = request;
    async function run(send) {
      for (;;) {
        try {
          const answer = await ask(url, {headers: request.headers, credentials: request.credentials});
          const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
          for (let {done, value} = await reader.read(); !done; {done, value} = await reader.read()) send(value);
        } catch {
          /* it broke off */
        }
        await wait(250);
        await there();
        if (!isOther) tellPage();
      }
    }
    return streamed(run);
  }

  // The listener behind it looks whether the server still has the photo that this page shows.
  function tellPage() {
    const field = document.querySelector('#server-back textarea, #server-back input');
    if (!field) return;
    field.value = String(Date.now());
    field.dispatchEvent(new Event('input', {bubbles: true}));
  }

  function streamed(run) {
    const body = new ReadableStream({
      start(controller) {
        const encoder = new TextEncoder();
        const send = (text) => controller.enqueue(encoder.encode(text));
        run(send).then(
          () => controller.close(),
          (error) => controller.error(error),
        );
      },
    });
    return new Response(body, {headers: {'content-type': 'text/event-stream'}});
  }

  const ROUTES = [
    [/\/upload$/, upload],
    [/\/queue\/join$/, join],
    [/\/(run|component_server)\b/, askUntilAnswered],
    [/\/queue\/data$/, stream],
    [/\/heartbeat\/\w+$/, heartbeat],
  ];

  window.fetch = async (what, options) => {
    const {origin, pathname} = new URL(what.url ?? what, location.href);
    const route = /^(.*\/gradio_api)(\/.*)$/.exec(pathname);
    const own = origin === location.origin && route && ROUTES.find(([path]) => path.test(route[2].replace(/\/$/, '')));
    if (!own) return ask(what, options);
    api = origin + route[1];
    return own[1](what, options);
  };
})();
