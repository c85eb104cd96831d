import type { Examples } from "./example.ts";

/** Of what is done with sessions, and of the questions that they ask. */
export const SESSION_EXAMPLES: Examples = {
  ls: [
    ["ls", "all sessions, those that need somebody first"],
    ["ls --status waiting -w", "keep showing those that wait for a person"],
  ],
  start: [['start my-app "Write a test for the parser"', "start a session and return"]],
  run: [
    ['run my-app "Write a test for the parser"', "start a session, wait for the answer and print it"],
    ["run my-app --timeout 10m < task.md", "read the prompt from a file"],
  ],
  send: [
    ['send ses_1a2b "Now run the tests"', "prompt a session once its turn is over"],
    ['send my-app "Leave the lock file alone" --steer', "say something into the turn that runs"],
  ],
  inject: [['inject ses_1a2b "Now run the tests"', "the same as halctl send"]],
  logs: [
    ["logs my-app --tail 5", "the last five messages"],
    ["logs ses_1a2b --since 8h --filter errors", "what failed overnight"],
  ],
  attach: [["attach my-app", "watch the session and type prompts"]],
  stop: [
    ["stop my-app", "stop the turn; the session takes prompts"],
    ["stop ses_1a2b ses_3c4d", "stop two turns, with a receipt for each"],
    ["stop --all --dry-run", "see what would be stopped"],
    ["stop --all", "stop everything and hold the fleet until halctl release"],
  ],
  wait: [
    ["wait my-app", "wait until it rests or asks something"],
    ["wait ses_1a2b --for idle --timeout 30m", "wait through questions until it rests"],
  ],
  resume: [["resume my-app", "have a session that failed go on"]],
  restart: [["restart my-app", "hand over to a new session with an empty context"]],
  kill: [
    ["kill ses_1a2b", "end a session; asks first"],
    ["kill ses_1a2b ses_3c4d --yes", "end two without being asked"],
    ["kill my-app --dry-run", "see which session it would end"],
  ],
  "sessions list": [
    ["sessions list --project my-app", "the sessions of one project"],
    ["sessions list --health stuck -o wide", "those that are stuck, with every column"],
  ],
  "sessions get": [["sessions get my-app", "everything about the project's session"]],
  "sessions logs": [
    ["sessions logs ses_1a2b -n 5", "the last five messages"],
    ["sessions logs my-app -f --filter errors,tools", "follow failures and tool calls"],
  ],
  "sessions tail": [["sessions tail my-app", "the last ten messages, then new ones as they arrive"]],
  "sessions attach": [
    ["sessions attach my-app --lines 20", "the last twenty messages, then the text as it is written"],
  ],
  "sessions wait": [["sessions wait my-app --for question", "return once it asks a question"]],
  "sessions todo": [["sessions todo my-app", "its to-do list"]],
  "sessions diff": [
    ["sessions diff my-app --stat", "which files changed, and by how much"],
    ["sessions diff ses_1a2b | less -R", "the whole diff, page by page"],
  ],
  "sessions watch": [["sessions watch my-app --until-idle", "follow the text until the turn is over"]],
  "sessions start": [
    ['sessions start my-app "Write a test for the parser" --wait', "start a session and print the answer"],
    [
      'sessions start rack-1/my-app "Upgrade the linter" --parallel',
      "beside another session, in a worktree of its own",
    ],
  ],
  "sessions prompt": [
    ['sessions prompt ses_1a2b "Now run the tests" --wait', "prompt a session and print the answer"],
    ["sessions prompt my-app < review.md", "read the prompt from a file"],
  ],
  "sessions abort": [["sessions abort my-app", "stop the turn; the session takes prompts"]],
  "sessions resume": [["sessions resume ses_1a2b", "have a session that failed go on"]],
  "sessions restart": [
    ['sessions restart my-app --timeout 2m --prompt "Go on with the parser"', "allow two minutes for the handover"],
  ],
  "sessions kill": [["sessions kill ses_1a2b --purge", "end it and delete its history in opencode"]],
  "interactions list": [
    ["interactions list -w", "keep showing what waits for a person"],
    ["interactions list --all --session my-app", "also those that are closed"],
  ],
  "interactions get": [["interactions get per_1a2b", "who asks, and what an answer would allow"]],
  "interactions allow": [
    ["interactions allow per_1a2b", "allow it this once"],
    ["interactions allow per_1a2b per_3c4d", "allow two requests, with a receipt for each"],
  ],
  "interactions deny": [['interactions deny per_1a2b --reason "not on main"', "deny it; the model reads the reason"]],
  "interactions answer": [
    ["interactions answer que_1a2b 2", "choose the second answer"],
    ['interactions answer que_1a2b --text "the staging database"', "answer in your own words"],
  ],
  "prompts list": [["prompts list --session my-app", "what waits to be sent to one session"]],
  "prompts get": [["prompts get prm_1a2b", "one prompt, whole"]],
  "prompts edit": [['prompts edit prm_1a2b "Run only the unit tests"', "change its text before it is sent"]],
  "prompts move": [["prompts move prm_1a2b 1", "send it first"]],
  "prompts cancel": [["prompts cancel prm_1a2b", "take it back"]],
  "prompts switch": [["prompts switch prm_1a2b steer", "send it now, into the turn that runs"]],
  "commands list": [["commands list --state queued", "what still waits for its node"]],
  "commands get": [["commands get cmd_1a2b", "what became of one command"]],
  "commands cancel": [["commands cancel cmd_1a2b", "take back a command that has not begun"]],
};
