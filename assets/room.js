// The lecturer's side of a class's room: asks for the pins twice a second and hands them to the map. Runs as js_on_load of
// the room's gr.HTML, with element, trigger and watch. The secret stays in this tab, and goes to the server in a header.
const ROOM_MILLISECONDS = 500;
const ROOM_KEY = 'streetclip-room';
const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d+){3}|0\.0\.0\.0|\[::1?\])$/; // no phone's computer
let current = ''; // the room that is asked for

function keepRoom(key) {
  try {
    if (key) sessionStorage.setItem(ROOM_KEY, key);
    else sessionStorage.removeItem(ROOM_KEY);
  } catch {
    // nothing may be kept here: the room does not survive a reload
  }
}

function takeUp() {
  const card = element.querySelector('.room');
  const key = card?.dataset.key ?? '';
  if (card) card.querySelector('.loopback').hidden = !LOOPBACK.test(location.hostname);
  if (card || element.querySelector('.room-over')) keepRoom(key);
  if (key === current) return;
  current = key;
  if (key) ask(key);
}

async function ask(key) {
  if (key !== current) return;
  const [code, secret] = key.split(' ');
  try {
    const answer = await fetch(`class/${code}/board`, {headers: {'x-room-secret': secret}});
    const board = answer.ok ? await answer.json() : {isOver: answer.status === 404};
    if (key !== current) return; // closed meanwhile
    if (board.isOver) {
      current = '';
      keepRoom('');
      trigger('click', {}); // the page says that it is over
      return;
    }
    if (answer.ok) tellOf(board);
  } catch {
    // the network may be back soon
  }
  setTimeout(ask, ROOM_MILLISECONDS, key);
}

function tellOf({pins, phones}) {
  const count = element.querySelector('.room-count');
  const sentence = count?.dataset.count.replace('{pins}', pins.length).replace('{phones}', phones) ?? '';
  if (count && count.textContent !== sentence) count.textContent = sentence;
  const frame = [...document.querySelectorAll('#lesson-map iframe')].at(-1);
  frame?.contentWindow?.postMessage({streetclip: 'pins', pins}, '*'); // its origin is opaque
}

watch('value', takeUp);
takeUp();
