"""Every sentence that the page says, in English. Holds no layout and no HTML."""

TITLE = "Where was this street?"
PURPOSE = "It compares a street photo with a sentence for each place, and shows which places fit best."
BROWSER_TITLE = "Where was this street? · StreetCLIP"

# Tabs
LOCATE_TAB = "Locate"
GUESS_TAB = "Guess first"

# Photo
PHOTO = "Street photo"
PHOTO_PLACEHOLDER = "Drop a street photo here\nor click to choose one"
PHOTO_ALT = "The photo that is being located"
PASTE_NOTHING = "There is no picture on the clipboard. Copy one, then paste it here."
PASTE_DENIED = "The browser does not let this page read the clipboard. Press Ctrl+V (or Cmd+V) instead."
FILE_OTHER = "This file is no picture. Choose the file of a photo."
FILE_TOO_LARGE = "This file is too large: at most {most} MB are taken. Make it smaller first."
CAMERA_DENIED = (
    "There is no camera here, or the browser does not let this page use it."
    " Allow it beside the address, or choose a file."
)
COUNTED = "Whole picture, or several photos"
WAY = "What counts of a photo"
WAY_INFO = "The model sees squares. Of several the mean counts; each takes as long as one photo."
WAYS = {
    "auto": "As usual: the square in the middle, or all of a 360-degree panorama",
    "centre": "The square in the middle",
    "three": "Left, centre and right squares",
    "around": "All around, for a 360-degree panorama",
}
VIEWS_ACROSS = ("Left", "Centre", "Right")
VIEWS_DOWN = ("Top", "Middle", "Bottom")
VIEWS_AROUND = ("Ahead", "To the right", "Behind", "To the left")
PART_PHOTO = "Photo {number}"
PART_SHARES = "shares {share} with the others"
PART_ODD = "{part} is the odd one: alone it says {place}, and shares {share} of its belief with the others."
PARTS_AGREE = "All photos name the same place first."
PARTS_DIFFER = (
    "The photos do not name the same place first; the one that fits least shares {share} of its belief."
)
ADD_PHOTO = "Add another photo of this place"
ADD_NO_FIRST = (
    "There is no photo yet to which another could be added. Choose the first one, and wait for its answer."
)
ADD_TOO_MANY = "At most {most} photos of one place are taken. Remove one first."
ADD_NO_ROOM = "Too many photos are kept here just now. Please add it again in a few minutes."
ADD_SAME = "This photo is here already. Another one of the same place would say more."
ADDED_LOST = "The photos that you added are no longer here, so the answer is about this one. Add them again."
REMOVE_PHOTO = "Remove: {part}"
PANORAMA_HINT = "This photo is twice as wide as high. If it is a 360-degree panorama, choose “All around”."
FRAMES_ALT = "The squares of the photo that count"
TWO_DIFFER = "The two photos do not name the same place first; they share {share} of their belief."
EXAMPLES_ONLY = "This page takes no photos of your own. Choose one of its drawn streets."
EXAMPLES = "Or try a drawn street"
EXAMPLES_TAKEN = "Or try a photograph of the model’s own repository ({credit}), or a drawn street"
QUERY = "Or describe a place"
QUERY_INFO = "A sentence takes the place of the photo, for example “a street in the Alps”."
QUERY_ASK = "Find it on the map"
EXAMPLE_ALT = "Drawn street {number}"
PHOTOGRAPH_ALT = "Photograph {number}"

# Labels
LABELS = "Labels"
PRESET = "Start from a list"
OWN_LIST = "Your own list"
OUTLINE = "Places it may answer with"
OUTLINE_INFO = "One a line; indent what lies inside. Add a position as “Name @ 47.1, 8.2”."
ADD_CITIES = "Add the largest cities of the likeliest countries"
UPDATE_KEYS = "Update · Ctrl+Enter"
NOT_APPLIED = "Edited, not yet applied: the answer is that of before. Press Ctrl+Enter."
FINE_TUNING = "Captions and method"
TEMPLATES = "Caption templates"
TEMPLATES_INFO = "The sentence that each place is turned into. Several lines for one level are averaged."
ESTIMATOR = "Where the pin goes"
ESTIMATOR_CHOICES = {
    "greedy": "Step by step: the likeliest country, then its likeliest city",
    "beam": "And a second pin: the likeliest place among all that were opened",
    "hedged": "And a second pin: the place with the smallest expected distance",
}
ESTIMATOR_DENSEST = "The densest place: the point with most of the belief near it"
BEAM = "Countries to open"
BEAM_INFO = "How many of the likeliest countries are searched for cities."
LABELS_COUNTED = "{count} labels."
ONE_LABEL_COUNTED = "1 label. With a single label there is nothing to choose from; add another."

# Answer
WAITING_FOR_PHOTO = "Drop a street photo, or choose a drawn street."
EMPTY_LIST = "The list is empty. Write places it may answer with."
SURE = "{place}, {share}"
MOST_LIKELY = "Most likely {place}, {share}"
PERHAPS_IN = "; perhaps {place}"
TORN = "Torn between {first} and {second}"
LEANING = "Perhaps {first}, with {others} close behind"
ONE_OF_SEVERAL = "{place} ({share})"
PERHAPS = "Perhaps {place}, {share}"
SHRUG = "No place stands out: {place} has {share}"
NO_IDEA = "The labels share it almost evenly, {place} first with {share}: this photo may not be locatable"
ONLY_ONE = "{place} is the only label, so it gets everything, whatever the photo shows"
SECOND_PIN = {
    "beam": (
        "A second pin stands in {place}: of all places that were opened, weighed on one scale, it is the "
        "likeliest."
    ),
    "hedged": "A second pin stands in {place}: from there, the distance to be expected is the smallest.",
    "densest": "A second pin stands in {place}: nowhere else does so much of the belief lie so close together.",
}
HALF_WITHIN = "Half of the belief lies within {distance} of the pin."
HALF_WITHIN_SECOND = "Half of the belief lies within {distance} of the second pin."
NOT_ON_MAP = "The best label has no place of its own, so there is no pin."
SHARES = "Shares among your {count} labels, not certainty."
CALIBRATED_SHARES = "Calibrated shares among your {count} labels, not certainty."
POINT_SHARES = (
    "Shares among {count} points of the globe, not certainty; {share} of the belief lies within {distance} of the "
    "densest place."
)
BY_MODEL = "Answered by: {model}."
RUNNERS_UP = "The next likeliest"
COMPARE_APART = (
    "{one} and {other}: their pins lie {distance} apart; by country, they share {share} of their belief."
)
COMPARE_NO_PIN = (
    "{one} and {other}: by country, they share {share} of their belief; one has no pin on the map."
)
COMPARE_PARTS = {
    "country": "They disagree on the country: {first} or {second}.",
    "region": "They disagree first on the region: {first} or {second}.",
    "city": "They disagree first on the city: {first} or {second}.",
    "label": "They disagree on the label: {first} or {second}.",
}
COMPARE_SAME = "They name the same place."
COMBINED = "Combined"
COMBINED_OF = "The product of the models, weighted: {weights}."
SIDE = "Models side by side"
SIDE_WITH = "Compare with"
SIDE_INFO = "The same photo and labels, asked of other models. A model is loaded when it is first chosen."
SIDE_AWAY = "not loaded yet"
SIDE_LEFT = "left memory to make room for {model}; it is loaded again when it is asked"
SIDE_COMING = "{how_far}. Ask again when it is there."
SIDE_ON_DISK = "{size} on disk"
SIDE_TO_FETCH = "{size} to download"
SIDE_WEIGHT = "Weight: {model}"
SIDE_ALL_ZERO = "All weights are 0, so each counts the same."
SIDE_DRAWINGS = "It has seen nothing but drawings of streets, so it says nothing of a photograph."
SIDE_NEEDS_PHOTO = "A sentence is answered by this model alone. Choose a photo to compare models."
SIDE_REMOVE = "Remove from disk"
SIDE_REMOVE_SURE = (
    "Remove {model} from the disk of this computer ({size})? It is downloaded again when it is next chosen."
)
SIDE_REMOVE_YES = "Remove it"
SIDE_REMOVE_NO = "Keep it"
SIDE_REMOVE_REFUSED = (
    "Models can be removed only in a page that is opened on the computer that runs the app, by its own address "
    "(localhost)."
)
SIZE_GB = "{size} GB"
SIZE_MB = "{size} MB"
SIDE_NOTHING_SHARED = "These models have no label in common, so there is no combined answer."
AND = " and "
COMMA = ", "

# Tree
TREE = "How the belief is shared"
ALL_INSIDE = "All of it inside: {place}"
NESTED = "All levels"
CALIBRATED = "Calibrated shares"
CALIBRATED_INFO = (
    "A temperature was fitted to this model with photos of known places. Off: shares as the model gives them."
)
SHOW_CAPTIONS = "Show captions"
LEVELS = {"country": "country", "region": "region", "city": "city", "label": "not on the map"}
MORE_LABELS = "{count} more labels, together {share}"
MORE_NOT_SHOWN = "{count} more labels, together {share}, are not drawn here."
NOTES = "Notes"

# Map
MAP = "World map with the likely places"
MAP_EMPTY = "World map"
MAP_GO = "Go to {place}"
MAP_BACK = "Back to the answer"
MAP_KEY = "Key"
MAP_FINGERS = "Move the map with two fingers"
MAP_PLACES = "The places on the map"
MAP_KEYS = "On the map, the arrow keys go from place to place and on to its buttons; plus and minus zoom."
MAP_TITLE = "Map: most likely {place}"
MAP_NO_POSITIONS = "None of these labels has a position, so none is on the map."
MAP_OFF = "Not on the map: {count} labels without a position, {share} of the belief ({names})."
MAP_ONE_OFF = "Not on the map: {count} label without a position, {share} of the belief ({names})."
MAP_SHARES = "Share by country"
MAP_HEAT = "Heat of all labels"
MAP_HEAT_POINTS = "Heat of all points"
MAP_HALF = "Half of the belief"
MAP_LIKELIEST = "Likeliest places"
MAP_COMPARED = "Map: {models} side by side"
MAP_STREETS = "Streets (online)"
MAP_CREDITS = "Place data © GeoNames, CC BY 4.0. Made with Natural Earth."
MAP_CLOSE = "Close"
MAP_POPUP = {
    "share": "Share",
    "level": "Level",
    "label": "label",
    "position": "Position",
    "caption": "Caption",
    "why": "Why",
}
MAP_MORE_CAPTIONS = "{caption} (and {count} more)"
MAP_PINS = {
    "disc": "Guess {rank}: {place}",
    "inside": "Best place in guess {rank}: {place}",
    "second": "Second pin: {place}",
}
MAP_PIN_SAID = "{pin}, {level}, {share}"
POSITIONS = {
    "NE": "{latitude}° N, {longitude}° E",
    "NW": "{latitude}° N, {longitude}° W",
    "SE": "{latitude}° S, {longitude}° E",
    "SW": "{latitude}° S, {longitude}° W",
}
READ_BY_MODEL = "the model reads this, in English"

# Model
STAGES = {  # of a model's loading; how far it is follows
    "weights": "Loading {title}",
    "download": "Downloading {title}",
    "comparison": "{title}: comparing its answers with full precision, once on this machine",
    "captions": "Reading the captions of the labels",
    "package": "Fetching weights and gallery of {title} with pip",
    "gallery": "{title}: encoding the gallery, once on this machine",
    "countries": "{title}: looking up the countries of the gallery, once on this machine",
}
NO_MODEL = "No model: {reason}"
READY = "ready"
PRACTICE_INSTEAD = "{reason} The practice model runs instead."
LICENCE = "Licence {licence}"
REVISION = "revision {revision}"
WAITING_FOR_MODEL = "Your photo is here. It will be located as soon as the model has loaded."
FIRST_LOADING = "The model is loading. You can already drop a photo; it will be located as soon as it can."
READING_CAPTIONS = "Reading the captions of new labels"
READING_CLUES = "Reading the captions of clues"

# Practice model
NEEDS_REAL_MODEL = "This needs StreetCLIP"
NEEDS_REAL_MODEL_BODY = (
    "Only the practice model is loaded. It has seen nothing but drawings of streets, so whatever it said "
    "about a photograph would mean nothing."
)
GET_REAL_MODEL_HOW = "How to get StreetCLIP"
GET_REAL_MODEL = "To locate photographs, stop the app and fetch StreetCLIP once (1.7 GB, CC BY-NC 4.0):"
GET_REAL_MODEL_COMMAND = "python app.py --prefetch"
GET_REAL_MODEL_FOLDER = "Or copy its folder from another machine and start with"
GET_REAL_MODEL_FOLDER_COMMAND = "python app.py --model FOLDER"
RUN_ANYWAY = "Run it anyway, to see how it works"

# Footer
NOTICE_SHARES = (
    "The percentages are shares among the labels on your list, not a measure of certainty: the true place "
    "gets nothing if it is not on the list."
)
NOTICE_MODEL = "StreetCLIP is licensed CC BY-NC 4.0: no commercial use."
NOTICE_USE = (
    "For research and teaching: it is often wrong, and must not be used to find, follow or judge a person."
)
MODEL_CARD = "What the model is for"
NOTICE_PRIVACY = (
    "A photo is deleted from disk as soon as the model has read it; its metadata is dropped. What is kept "
    "is in memory only: a small picture of each photo, the squares that the model sees and the answer. It goes "
    "within half a minute of closing this page. The room of a class keeps its lesson and the nameless pins in memory "
    "until it is closed, for two hours at most."
)
NOTICE_PLACES = "Places: GeoNames (CC BY 4.0) and Natural Earth (public domain)."
NOTICE_WORLDVIEW = (
    "Borders follow the German point of view of Natural Earth, which agrees with GeoNames; other views exist, and a"
    " note says so where such a place is the answer. A share is not a legal position."
)

# A server that has forgotten, or cannot be reached
PHOTO_SENT_AGAIN = "The server no longer has your photo. It is being sent again."
PHOTO_LOST = (
    "The server no longer has your photo, and this page cannot send it again. Please choose it once "
    "more; your list is as it was."
)
ANSWER_LOST = "The server no longer has this answer. Press “Update”, then try again."
UNDO_LOST = "The server no longer knows which label was removed. Please type it in again."
CONNECTION_LOST = "The connection to the server is lost. This page tries again; what you typed stays."
CONNECTION_FAILED = "The connection to the server was lost on the way. Please ask once more."
CONNECTION_BUSY = (
    "Much was asked from your network just now. What you sent is sent again by itself in a moment."
)
CONNECTION_FULL = "Very many are asking just now. Your question is sent again by itself in a few seconds."
CONNECTION_BACK = "The connection is back."
SERVER_RESTARTED = (
    "The server was restarted. What you typed is as it was, and your photo is sent again if it is needed."
)
SERVER_CHANGED = (
    "The server was restarted with another version of this page. Copy what you typed, then load the "
    "page anew."
)
LESSON_LOST = "The server no longer has this lesson, which came from a file. Load the file again."

# Errors
# What Gradio calls its own buttons, in English whatever the language is; assets/gradio_words.js puts ours there
OF_GRADIO = {
    "Capture from camera": "Capture from camera",
    "Gradio footer navigation": "Gradio footer navigation",
    "Paste from clipboard": "Paste from clipboard",
    "Remove Image": "Remove Image",
    "Reset to default value": "Reset to default value",
    "Upload file": "Upload file",
    "File upload": "File upload",
    "More tabs": "More tabs",
}
UNEXPECTED = (
    "Something went wrong on our side, and it has been noted. Your labels are as they were; please try again."
)
OUT_OF_MEMORY = (
    "The host has no memory left for this at the moment; your photo and labels are as they were, please ask again in a"
    " minute."
)
GPU_QUOTA = (
    "The GPU time that this host gives is used up for now; your photo and labels are as they were: ask again later, or"
    " sign in at huggingface.co, which gives more."
)
GPU_BUSY = "No GPU was free in time; your photo and labels are as they were, please ask again in a minute."
GPU_ENDED = "The host took its GPU back before the answer was there; your photo and labels are as they were, ask again."
GPU_TOO_LONG = "This list needs more GPU time than the host gives one question; shorten it and ask again."
DOES_NOT_FIT = "What the page sent does not fit the app as it is now. Please reload the page and try again."
RATE_LIMITED = (
    "Too much was asked from your network just now. Please try again in {seconds} s; nothing is lost."
)
QUEUE_FULL = "Too many questions wait for their turn just now. Please ask again in a few seconds."
STOPPING = "The app is being stopped, so this could not be answered. Please try again in a minute."
ERROR_TITLE = "That did not work"
STATUS_COMPLETE = "Done"

# Guess first
LESSON = "Lesson"
LOAD_LESSON = "Load a lesson …"
LESSON_FILE = "The lesson file"
LESSON_NOT_LOADED = "This lesson was not loaded."
NO_LESSON = "There is no lesson here yet. Load one to begin."
QUESTION_NUMBER = "Question {number} of {count}"
TOTAL_YOU = "You: {points} points"
TOTAL_MODEL = "The model: {points} points"
TOTAL_MODEL_SOME = "The model: {points} points in {answered} of {asked} questions"
LESSON_PHOTO_ALT = "The photo of question {number}"
GUESS_MAP = "World map for your pin"
GUESS_MAP_HELP = (
    "Where is this? Click the map, or use the arrow keys on it. You can move your pin until you guess."
)
YOUR_PIN = "Your pin"
TYPE_A_PLACE = "Or type a place or a position"
TYPE_A_PLACE_EXAMPLE = "Lyon, or 45.8, 4.8"
PUT_PIN = "Put the pin there"
PIN_AT = "Your pin: {position}"
PIN_IN = "Your pin: {country}, {position}"
GUESS = "Guess"
NEXT_QUESTION = "Next question"
SEE_SUMMARY = "See how it went"
START_AGAIN = "Start again"
ANSWER_MAP = "Map of the answer: {place}"
SUMMARY_MAP = "Map of all answers of the lesson"
IT_WAS = "It was {place}."
YOU = "You"
THE_MODEL = "The model"
MARK_YOU = "You · {distance}"
MARK_MODEL = "The model · {distance}"
AWAY = "{distance} away"
UNDER_A_KILOMETRE = "less than 1 km"
POINTS = "{points} of {most} points"
RIGHT_COUNTRY = "Right country"
OTHER_COUNTRY = "Another country"
MODEL_PIN = "Its pin: {place}"
MODEL_HAS_NO_PIN = "Its best label, {place}, has no place on the map, so it gets no points."
MODEL_IS_ASKED = "The model is looking at the photo …"
MODEL_IS_LOADING = "The model is still loading. Its answer comes as soon as it can."
MODEL_CANNOT = (
    "This model cannot locate photographs: it has only seen drawings of streets. "
    "So only your guess is scored."
)
MODEL_FAILED = "The model gave no answer. {reason}"
ANSWERED_NOW = "{model}, revision {revision}, asked just now"
RECORDED_WITH = "Recorded with {model}, revision {revision}, {date}"
NO_PLACE_NAMED = "There is no place named “{name}” on our map."
NO_PLACE_NAMED_HINT = "There is no place named “{name}” on our map. Did you mean {names}?"
OR = " or "
SUMMARY = "You have {points} of {most} points"
SUMMARY_CLOSER = "You did better than the model in {count} of {compared} questions."
SUMMARY_MODEL = "The model has {points} points in the {answered} questions that it answered."
SUMMARY_NOT_KEPT = "Nothing of this is kept: close the page and it is gone."
ACCURACY = "How often, how near"
ACCURACY_OF = "{count} of {asked}"
ACCURACY_MEDIAN = "Half of the pins within"
ACCURACY_WITHIN = "Within {distance}"
COLUMN_PLACE = "Place"
NO_ANSWER = "no answer"
CELL = "{distance}, {points} points"
SCORE_HELP = "5,000 points for the exact place, half of them at 1,035 km, as in the game GeoGuessr."
COUNTRY_HELP = "Where the answer is a country, a pin is right or wrong: 5,000 points or none."

# A class plays along
ROOM_OPEN = "Play with a class"
ROOM_TITLE = "The room of your class"
ROOM_CODE = "Code {code}"
ROOM_QR = "QR code of the link {link}"
ROOM_JOIN = "The class opens this link on their phones:"
ROOM_LOOPBACK = (
    "This address works on this computer only: open this page by an address that the phones can reach, and the "
    "room again."
)
ROOM_COUNT = "Pins: {pins} · phones here: {phones}"
ROOM_KEPT = (
    "The room, the photos of the lesson and the pins are in memory only, until you close it, for two hours at most; "
    "nobody gives a name. It survives a reload of this page, but not a restart of the server."
)
ROOM_REVEAL = "Show the answer"
ROOM_CLOSE = "Close the room"
ROOM_MAP = "World map with the pins of the class"
ROOM_CLASS = "The class"
ROOM_NO_PINS = "Nobody has put a pin."
ROOM_MEDIAN = "Half of the {pins} pins are at most {distance} away"
ROOM_RIGHT_SHARE = "{share} in the right country"
ROOM_CLOSED = "This room is closed. Ask your teacher for a new one."
ROOM_UNKNOWN = "There is no room with this code. Check the code, or ask your teacher for the link again."
ROOM_FULL = "This room is full: it takes no further phones."
ROOM_TOO_LATE = "The answer has been shown; this pin came too late. The next question takes pins again."
ROOM_BUSY = "This room is asked too much just now. Please try again in a moment."
ROOM_WRONG_PIN = (
    "Expected a pin with a latitude from -90 to 90 and a longitude from -180 to 180. Put it again."
)
ROOMS_FULL = "There are too many rooms open just now. Close one, or try again later."
PHONE_HELP = "Tap the map to put your pin. Drag to move the map, pinch to zoom; arrow keys work too."
PHONE_SEND = "Send my pin"
PHONE_SENT = "Sent: {place}. You can still move your pin until the answer is shown."
PHONE_SEA = "the sea"
PHONE_NO_PIN = "You put no pin on this question."
PHONE_AWAY = "You are {distance} away."
PHONE_CLASS = "Half of the class ({pins} pins) is at most {distance} away; {share} in the right country."
PHONE_MODEL = "{model}: {place}, {distance} away"
PHONE_WAIT = "The next question comes by itself."
PHONE_OFFLINE = "The connection is lost; it is tried again."
PHONE_IN = "Zoom in"
PHONE_OUT = "Zoom out"

# A lesson is made in the page
MAKE_LESSON = "Make a lesson"
MAKE_HELP = "Add photos, as many at once as you like; then set the place of each on the map above."
MAKE_HELP_PIN = "Put the pin above where the photo was taken, name the place, and keep the question."
MAKE_WAITING = "Photos that still wait for their place: {count}."
MAKE_EDIT = "Change"
MAKE_UP = "Up"
MAKE_DOWN = "Down"
MAKE_REMOVE = "Remove"
MAKE_DO = "{what}: question {number}, {place}"
MAKE_RESUME = "Go on with a saved lesson …"
MAKE_WHERE = "Where was this photo taken?"
MAKE_PHOTO = "Add photos: drop them here, or click"
MAKE_PLACE = "Name of the place"
MAKE_QUESTION = "What is asked"
MAKE_CREDIT = "Who took the photo, and its licence"
MAKE_EXPLANATION = "Explanation after the guess (optional)"
MAKE_KEEP = "Keep this question"
MAKE_TITLE = "Title of the lesson"
MAKE_RECORD = "Record the model’s answers in it"
MAKE_NOT_RECORDED = "The lesson is saved, without the model’s answer to question {number}: {reason}"
MAKE_SAVE = "Save the lesson"
MAKE_NO_PIN = "There is no photo with a pin yet. Add a photo, and put the pin where it was taken."
MAKE_NO_WORDS = "Name the place, write what is asked, and say who took the photo."
MAKE_EMPTY = "A lesson needs a title and at least one question. Add what is missing."

# Step by step
STEPS_TAB = "Step by step"
STEPS_NO_PHOTO = "There is no photo yet. Choose one, and this page explains its answer step by step."
STEPS_NO_ANSWER = "This photo has no answer yet. As soon as it has one, this page explains it step by step."
STEPS_POINTS = (
    "This answer was not made of captions: {model} compared the photo with points of the globe. The steps are those of "
    "StreetCLIP and CLIP."
)
STEPS_CHOOSE_PHOTO = "Go to the photo"
STEPS_PREVIOUS = "Back"
STEPS_NEXT = "Next"
STEPS_WHERE = "Step {number} of {count}: {title}"
STEP_LABEL = "Label"
STEP_FOLLOW = "Follow one label through all steps"
STEP_SEEN_ALT = "What the model sees of the photo"
STEP_CAPTION = "Caption"
STEP_COSINE = "Cosine similarity"
STEP_SCALE = "Logit scale"
STEP_LOGIT = "Logit"
STEP_SHARE = "Share"
STEP_SHARE_OF = "Share inside: {place}"
STEP_PARENT = "Probability: {place}"
STEP_PROBABILITY = "Probability"
STEP_ON_MAP = "On the map"
STEP_DISC = "disc {number}"
STEP_NO_DISC = "no position"
STEP_YOUR_LIST = "your list"
STEP_ONE_OTHER = "1 other label"
STEP_OTHERS = "{count} other labels"
STEP_PATH = " › "
STEP_CROP = "The photo becomes a square"
STEP_CROP_IDEA = (
    "The model takes squares of one size only. So the photo is scaled down, and its middle is cut out."
)
STEP_CROP_MORE = "This square is all that the model ever sees: what lies outside it cannot help."
STEP_CROP_SEVERAL = (
    "Several squares or photos count for this answer: here is the middle of the photo that is shown; the numbers on "
    "the next screens are of all of them together."
)
STEP_CROP_BEFORE = "The photo: {width} × {height} pixels"
STEP_CROP_AFTER = "What the model sees: {side} × {side} pixels"
STEP_CAPTIONS = "Each place becomes a sentence"
STEP_CAPTIONS_IDEA = (
    "The model compares pictures with text. So each label on your list is put into a sentence, its caption."
)
STEP_CAPTIONS_MORE = "{count} labels are compared with each other first. The likeliest {shown} stand here."
STEP_COSINES = "Photo and sentences are compared"
STEP_COSINES_IDEA = (
    "The model turns the square into a long list of numbers, and each caption too. "
    "Such a list is an embedding."
)
STEP_COSINES_MORE = (
    "The cosine similarity says how far two embeddings point the same way: 1 is the same direction, 0 is nothing "
    "in common."
)
STEP_COSINES_SPREAD = "Over all {count} labels it runs from {least} to {most}."
STEP_LOGITS = "Small differences are made to count"
STEP_LOGITS_IDEA = "Every similarity is multiplied by the same number. The product is called a logit."
STEP_LOGITS_MORE = "That number is the logit scale. The model learnt it in training, and it is {scale}."
STEP_LOGITS_CALIBRATED = (
    "That number is the logit scale, which the model learnt in training ({scale}), divided by a temperature of "
    "{temperature}, which was fitted with photos of known places."
)
STEP_LOGITS_TOGETHER = (
    "The logits of {count} photos are added up: their mean similarity is multiplied by {count} as well."
)
STEP_POOLED = (
    "* This country has regions on your list. Its logit is pooled from its own caption and from theirs, "
    "so that it does not depend on how many there are."
)
STEP_SOFTMAX = "The logits become shares"
STEP_SOFTMAX_IDEA = (
    "The softmax turns logits into shares that add up to 100 %: one more in the logit is 2.7 times the share."
)
STEP_SOFTMAX_MORE = (
    "Before that, one may divide all logits by a temperature. Low, and the first label takes everything; high, "
    "and all labels become alike. Move the slider."
)
STEP_TEMPERATURE = "Temperature"
STEP_COLDER = "cold: winner takes all"
STEP_TRUE_TEMPERATURE = "1: as computed"
STEP_HOTTER = "hot: all alike"
STEP_BACK_TO_TRUE = "Back to 1"
STEP_PARENTS = "Inside the likeliest places"
STEP_PARENTS_IDEA = "Inside each likely place the same is done once more, among the labels that lie in it."
STEP_PARENTS_MORE = (
    "A label’s share is multiplied by the probability of the place that it lies in. So the labels inside a place add "
    "up to that place, and the places at the top add up to 100 %."
)
STEP_PARENTS_NONE = (
    "In this answer, no label has others inside it: each keeps the share that it has on your "
    "list, for the list as a whole has 100 %."
)
STEP_ADD_CITIES = "Look inside: add the largest cities"
STEP_CHOOSE = "Look inside"
STEP_MAP = "The answer on the map"
STEP_MAP_IDEA = (
    "Each place is drawn where it lies, the stronger the more probable it is. The pin is the best guess."
)
STEP_MAP_ANSWER = "{answer}."

STEP_WHY = "Why this answer?"
STEP_WHY_IDEA = (
    "The model’s summary of the photo is a sum, and each region has a part of it: which raised this "
    "place, and which lowered it?"
)
STEP_WHY_MORE = (
    "A hint where to look, not a proof. On the tab “Locate”, brush a region out, or let every part be "
    "tried: what you find is shown here, too."
)
STEP_WHY_COMING = "The regions are being computed …"

# Tree and map, removing labels
REMOVE_LABEL = "Remove {place} from the labels"
UNDO = "Undo: put {place} back"
LIST_HAS_CHANGED = "The list has changed since this answer. Press Update, then remove the label."
TOP_LABELS = "Most likely at each level"
LEVEL_TITLES = {"country": "Countries", "region": "Regions", "city": "Cities", "label": "Other labels"}

# Export
EXPORT = "Export"
EXPORT_INFO = "Each file is made in your browser; nothing is kept here."
EXPORT_KINDS = {
    "html": "Web page (HTML)",
    "result": "Picture of the result (PNG)",
    "map": "Picture of the map (PNG)",
    "csv": "Table (CSV)",
    "geojson": "Places (GeoJSON)",
    "json": "Everything (JSON)",
}
EXPORT_WITH_PHOTO = "Put the photo into the web page and the picture of the result"
EXPORT_SAVED = "Saved as {name}."
EXPORT_FAILED = "The picture could not be made. Wait until the map is there, then try again."
NOTHING_TO_EXPORT = "There is no answer yet. Locate a photo first, then export it."
FILE_MANIFEST = "What this rests on"
FILE_MODEL = "Model"
FILE_REVISION = "Revision"
FILE_COMPUTED = "Computed with"
FILE_GAZETTEER = "Gazetteer"
FILE_DATE = "Date"
FILE_VERSIONS = "Versions"
FILE_LABELS_HASH = "SHA-256 of the label list"
FILE_MADE_WITH = "{model}, revision {revision}, {date}"

# Errors: a file of predictions, walked through
ERRORS_TAB = "Errors"
ERRORS_ABOUT = (
    "Where was a model wrong? Drop a CSV file with true and predicted positions, or the JSON that the command "
    "evaluate prints, see how good the answers are, and walk from error to error on the map. The file is read once "
    "and kept nowhere."
)
ERRORS_FILE = "CSV (id, latitude, longitude, pred_lat, pred_lon) or JSON report"
ERRORS_TOO_LARGE = "The file is too large: at most {most} MB are read here. Use the command evaluate."
ERRORS_NOT_READ = "The file was not read"
ERRORS_ALL = "All photos"
ERRORS_PHOTOS = "Photos"
ERRORS_WITHIN = "within {distance}"
ERRORS_FIGURES = {
    "median_km": "median error",
    "mean_km": "mean error",
    "score": "GeoGuessr score",
    "country_top1": "country right",
    "country_top5": "country among the first 5",
    "region_top1": "region right",
}
ERRORS_RANGE = "({low} to {high})"
ERRORS_INTERVALS = "In brackets the 95 % interval, by a bootstrap of {resamples} resamples over {clusters}."
ERRORS_FEW = "Of fewer than {least} no interval can be had."
ERRORS_CLUSTERS = {
    "photographer": "photographers ({count})",
    "sequence": "sequences ({count})",
    "coordinate": "coordinates ({count})",
    "cluster": "groups ({count})",
}
ERRORS_WHERE = "Photos taken in"
ERRORS_EVERYWHERE = "the whole world"
ERRORS_CONTINENTS = "Continents"
ERRORS_COUNTRIES = "Countries"
ERRORS_SEA = "the sea"
ERRORS_LIST = "The errors, largest first"
ERRORS_SHOWN = "{shown} of {count} photos, the largest errors first"
ERRORS_NO_ANSWER = "no answer"
ERRORS_SAID = "{id}: taken at {true}, answered {answer}, {distance} away."
ERRORS_SILENT = "{id}: taken at {true}, no answer."
ERRORS_PREVIOUS = "Previous"
ERRORS_NEXT = "Next"
ERRORS_KEYS = (
    "The arrow keys go through the list. On the map, the star is the true place and the diamond the answer."
)
ERRORS_MAP = "World map of the errors"

# Draw: the clue bench
DRAW_TAB = "Draw"
BENCH_ABOUT = (
    "Draw a street and change one clue at a time: click the sign, a line, a roof or the number "
    "plate in the picture, or choose below. The practice model locates each drawing at once, "
    "whichever model runs elsewhere on this page: drawings are all that it knows."
)
BENCH_START = "Start from a country"
BENCH_ANOTHER = "Another day, the same clues"
BENCH_ALT = "A drawn street with {clue}."
BENCH_CHANGE = "Change: {clue}"
BENCH_MOVED = "What the last change did"
BENCH_FIRST = "Change a clue, and you will see here how the answer moved and which clue moved it."
BENCH_CREDIT = "From “{before}” to “{after}”: this moved {share} of the belief."
BENCH_STILL = "From “{before}” to “{after}”: the answer did not move."
BENCH_MORE = "{count} more changes"
BENCH_UNREAD = "Also changed, but not learnt by this model, so it explains nothing: {clues}."
BENCH_COUNTRY = "Country"
BENCH_BEFORE = "Before"
BENCH_NOW = "Now"
BENCH_READINGS = "What does the model read in this picture?"
BENCH_READS = "For each clue, the caption that fits the picture best, among all captions of that clue."
BENCH_RIGHT = "right"
BENCH_WRONG = "wrong"
LOOKED_AT = (
    "Orange regions raised {place} against its rivals, blue ones lowered it; {share} of what moved its score belongs to"
    " no region."
)
LOOKED_AT_ALONE = (
    "Orange regions raised the score of {place}, blue ones lowered it; {share} of what moved it belongs to no"
    " region."
)
WITHOUT_PART = {
    "moves": "Without this part: {place} from {before} to {after}; the pin moves {distance}.",
    "stays": "Without this part: {place} from {before} to {after}; the pin stays.",
    "no_pin": "Without this part: {place} from {before} to {after}.",
}
FIRST_NOW = "{place} comes first now, with {share}."
WHY = "Why this answer?"
WHY_NO_ANSWER = "There is no photo with an answer yet. Choose a photo first."
WHY_NOT_YET = "{model} has not answered yet. Its reasons stand here as soon as it has."
WHY_PICTURE = "The square of the photo that the model sees"
WHY_HINT = (
    "A hint, not a proof: on drawn streets the strongest region lay on the clue that decided about every second "
    "time. Brush it out to test it."
)

WHY_MODEL = "Whose answer"
WHY_MIDDLE = (
    "Several squares or photos count for this answer; this looks at the middle of the photo that is shown."
)
WHY_OPACITY = "Where it looked"
WHAT_IF = "What if a part were not there?"
WHAT_IF_HELP = (
    "Paint over a part of the picture. By keyboard: the arrow keys move a square, Space brushes it out, Backspace "
    "takes it back."
)
WHAT_IF_CANVAS = "The picture, to paint over"
WHAT_IF_AT = "{right} % from the left, {down} % from the top"
WHAT_IF_SIZE = "Brush"
WHAT_IF_FILL = "Filled with"
WHAT_IF_FILLS = {"surroundings": "what surrounds it", "blur": "a blur", "mean": "the mean colour"}
WHAT_IF_UNDO = "Undo"
WHAT_IF_SEEN = "The square without this part"
SWEEP = "Try every part"
SWEEP_STOP = "Stop"
SWEEP_DONE = "{done} of {steps} steps"
SWEEP_STOPPED = "You stopped before all parts were tried."
SWEPT_STRONGEST = "The framed part supports the answer most."
SWEPT_TABLE = "What each part is worth"
SWEPT_HINT = (
    "Each part was brushed out: the points by which the share of the first place changes without it, and "
    "how far the pin moves. “~” marks an estimate; the parts that seemed to matter most were asked about "
    "one by one."
)
SPEAKS = "What speaks for {place}: {clues}."
SPEAKS_NOT_MEASURED = "Whether this model reads such clues rightly has not been measured."
NOT_A_STREET = (
    "This may be no photo of a street, and then the answer means nothing."
    " Of photos of streets, {share} get this hint, too."
)
NOT_A_STREET_KINDS = {
    "indoors": "It looks more like a picture taken indoors.",
    "portrait": "It looks more like a portrait.",
    "map": "It looks more like a map.",
    "screenshot": "It looks more like a screenshot.",
    "text": "It looks more like a page of text.",
}
CLUE_TIES = "What this clue does to the answer"
CLUE_TIE = "{place}: {share}; without this clue {without}"
CLUES_ASK = "Ask about clues"
CLUES_NO_PHOTO = "Choose a photo first, then ask what stands in it."
CLUES_GATED = (
    "The same photo against captions of clues. Only clues that this model was measured to read are asked."
)
CLUES_NOT_MEASURED = (
    "The same photo against captions of clues. How well this model reads them has not been measured here: "
    "take it as a hint, not as the reason for its answer."
)
GATE = "How well does the practice model read clues?"
GATE_ABOUT = (
    "Measured on drawn streets that it had never seen: it names the country of {accuracy} of {scenes} scenes. "
    "A clue counts as learnt if it is read well above the commonest answer and if swapping it moves the country."
)
GATE_HEADS = ("Clue", "Read right", "Commonest answer", "Moves the country by", "Learnt")
GATE_YES = "yes"
GATE_NO = "no: never given as a reason"

# Address, sharing, embedding
ADDRESS_TOO_LONG = (
    "The address is longer than {most} characters, so nothing of it was used. Use a list by its name instead."
)
CLOSE_NOTE = "Close this note"
ADDRESS_LABELS_TOO_LONG = (
    "The labels in the address are longer than {most} characters, so they were not used."
)
ADDRESS_NOT_A_SWITCH = "In the address, “{name}” must be 1 or 0, and it is “{value}”. It was left out."
ADDRESS_NOT_A_CHOICE = (
    "In the address, “{name}” must be one of {choices}, and it is “{value}”. It was left out."
)
ADDRESS_NOT_A_COUNT = (
    "In the address, “{name}” must be a whole number from 1 to {most}, and it is “{value}”. It was left out."
)
ADDRESS_NO_SUCH_EXAMPLE = (
    "The address asks for the example “{value}”. There are the examples 1 to {count}; the first is shown."
)
ADDRESS_NO_SUCH_PRESET = "The address asks for the list “{value}”. There are: {choices}."
ADDRESS_LABELS_AND_PRESET = (
    "The address has its own labels and names a list as well. Its own labels were used."
)
ADDRESS_TEMPLATES = "The caption templates in the address cannot be used: {reason}"
ADDRESS_OTHER_MODEL = "This link was made with {wanted}. Here {title} runs, so the answer may be another one."
ADDRESS_NO_QUERY = "The address asks with the sentence “{value}”; the model of this page reads photos only."
ADDRESS_NOT_BESIDE = "The address compares with “{value}”, which this page does not offer."
ADDRESS_NOT_WEIGHTS = (
    "In the address, “weights” must be numbers from 0 to 1 between commas, and it is “{value}”. "
    "It was left out."
)
ADDRESS_NOT_A_BRUSH = (
    "In the address, “brush” must be whole numbers between commas, four for each rectangle of the "
    "{cells} x {cells} cells of the picture, and it is “{value}”. It was left out."
)
LABELS_LOCKED = "The labels of this page are locked by its link."
SHARE = "Share"
SHARE_INFO = "Both open this page with this photo, these labels and these settings."
SHARE_WITH_WHY = (
    "Both open this page with this photo, these labels and these settings, and with what you see under "
    "“Why this answer?”."
)
SHARE_LOCKED = "Lock it: those who open it cannot change the labels"
SHARE_LINK = "Link"
SHARE_CODE = "Code for slides and web pages"
SHARE_COPY_LINK = "Copy the link"
SHARE_COPY_CODE = "Copy the code"
SHARE_COPIED = "Copied."
SHARE_NOT_COPIED = "Your browser does not let this page copy. The text is selected: press Ctrl+C or Cmd+C."
SHARE_LOOPBACK = (
    "This address works on this computer only. For others, start the app with --host 0.0.0.0 or --share, "
    "and open the page at its new address."
)
SHARE_NO_PHOTO = (
    "Your own photo is not in the link: nothing of it outlasts this page. It shows the first drawn street."
)
SHARE_TOO_LONG = (
    "This list is too long for a link. Choose one of the lists by name, or shorten it, to share it."
)
