"""Every sentence that the page says, in English. Holds no layout and no HTML."""

TITLE = "Where was this street?"
BROWSER_TITLE = "Where was this street? · StreetCLIP"

# Tabs
LOCATE_TAB = "Locate"
GUESS_TAB = "Guess first"

# Photo
PHOTO = "Street photo"
PHOTO_PLACEHOLDER = "Drop a street photo here\nor click to choose one"
PHOTO_ALT = "The photo that is being located"
EXAMPLES = "Or try a drawn street"
EXAMPLE_ALT = "Drawn street {number}"

# Labels
LABELS = "Labels"
PRESET = "Start from a list"
OUTLINE = "Places it may answer with"
OUTLINE_INFO = "One a line; indent what lies inside. Add a position as “Name @ 47.1, 8.2”."
ADD_CITIES = "Add the largest cities of the likeliest countries"
UPDATE = "Update"
FINE_TUNING = "Captions and method"
TEMPLATES = "Caption templates"
TEMPLATES_INFO = "The sentence that each place is turned into. Several lines for one level are averaged."
ESTIMATOR = "Where the pin goes"
ESTIMATOR_CHOICES = {
    "beam": "The likeliest place among all that were opened",
    "greedy": "Step by step: the likeliest country, then its likeliest city",
    "hedged": "The place with the smallest expected distance",
}
BEAM = "Countries to open"
BEAM_INFO = "How many of the likeliest countries are searched for cities."
LABELS_COUNTED = "{count} labels."
ONE_LABEL_COUNTED = "1 label. With a single label there is nothing to choose from; add another."

# Answer
WAITING_FOR_PHOTO = "Drop a street photo, or choose a drawn street."
MOST_LIKELY = "Most likely: {place}"
PERHAPS_IN = ", perhaps {place}"
TORN = "Torn between {first} and {second}"
LEANING = "Perhaps {first}, with {others} close behind"
NO_IDEA = "The labels share it almost evenly: this photo may not be locatable"
ONLY_ONE = "{place} is the only label, so it gets everything, whatever the photo shows"
PIN_ELSEWHERE = "The pin stands in {place}."
HALF_WITHIN = "Half of the belief lies within {distance} of the pin."
NOT_ON_MAP = "The best label has no place of its own, so there is no pin."
SHARES = "Shares among your {count} labels, not certainty."
AND = " and "
COMMA = ", "

# Tree
TREE = "How the belief is shared"
SHOW_CAPTIONS = "Show captions"
LEVELS = {"country": "country", "region": "region", "city": "city", "label": "not on the map"}
MORE_LABELS = "{count} more labels, together {share}"
MORE_NOT_SHOWN = "{count} more labels, together {share}, are not drawn here."
NOTES = "Notes"

# Map
MAP = "World map with the likely places"
MAP_EMPTY = "World map"

# Model
LOADING = "Loading {title} …"
READY = "ready"
PRACTICE_INSTEAD = "{reason} The practice model runs instead."
LICENCE = "Licence {licence}"
REVISION = "revision {revision}"
WAITING_FOR_MODEL = "Your photo is here. It will be located as soon as the model has loaded."
FIRST_LOADING = "The model is loading. You can already drop a photo; it will be located as soon as it can."
LOCATING = "Locating"
READING_CAPTIONS = "Reading the captions of new labels"

# Practice model
NEEDS_REAL_MODEL = "This needs StreetCLIP"
NEEDS_REAL_MODEL_BODY = (
    "Only the practice model is loaded. It has seen nothing but drawings of streets, so whatever it said "
    "about a photograph would mean nothing."
)
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
NOTICE_PRIVACY = (
    "Nothing is kept: a photo is deleted from disk as soon as it has been read and stays in memory only "
    "while this page is open; its metadata is dropped."
)
NOTICE_PLACES = "Places: GeoNames (CC BY 4.0) and Natural Earth (public domain)."
NOTICE_WORLDVIEW = "Borders and names follow the data sources and take no position on disputed territory."

# Errors
UNEXPECTED = (
    "Something went wrong on our side, and it has been noted. Your labels are as they were; please try again."
)
ERROR_TITLE = "That did not work"

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
GUESS_MAP_HELP = "Where is this? Click the map, or use the arrow keys on it. You can move your pin until you guess."
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
    "This model cannot locate photographs: it has only seen drawings of streets. So only your guess is scored."
)
MODEL_FAILED = "The model gave no answer. {reason}"
ANSWERED_NOW = "{model}, revision {revision}, asked just now"
RECORDED_WITH = "Recorded with {model}, revision {revision}, {date}"
NO_PLACE_NAMED = "There is no place named “{name}” on our map."
NO_PLACE_NAMED_HINT = "There is no place named “{name}” on our map. Did you mean {names}?"
OR = " or "
SUMMARY = "You have {points} of {most} points"
SUMMARY_CLOSER = "You were closer than the model in {count} of {compared} questions."
SUMMARY_MODEL = "The model has {points} points in the {answered} questions that it answered."
SUMMARY_NOT_KEPT = "Nothing of this is kept: close the page and it is gone."
COLUMN_PLACE = "Place"
NO_ANSWER = "no answer"
CELL = "{distance}, {points} points"
SCORE_HELP = "5,000 points for the exact place, half of them at 1,035 km, as in the game GeoGuessr."
