// Emoji that people use most, each with the words it is found by.

const LINES = `
👍 thumbs up yes like ok
❤️ red heart love
😂 tears of joy laugh lol
😮 wow surprised open mouth
😢 crying sad tear
🎉 party popper tada celebrate
🙏 folded hands please thanks pray
🔥 fire hot lit
👀 eyes look
✅ check mark done yes
😀 grinning happy smile
😃 big eyes happy smile
😄 smiling eyes happy
😁 beaming grin
😆 squinting laugh
😅 sweat laugh nervous
🤣 rolling on the floor laughing rofl
🙂 slightly smiling
🙃 upside down
😉 wink
😊 blush smile warm
😇 halo angel innocent
🥰 hearts in love
😍 heart eyes love
🤩 star struck wow
😘 kiss blowing
😋 yum delicious tongue
😛 tongue out
😜 winking tongue joke
🤪 zany crazy
🤗 hug
🤭 hand over mouth oops
🤫 shush quiet secret
🤔 thinking hmm
🤐 zipper mouth secret
🤨 raised eyebrow doubt
😐 neutral meh
😑 expressionless
😶 no mouth silent
😏 smirk
😒 unamused
🙄 rolling eyes
😬 grimace awkward
😌 relieved calm
😔 pensive sad
😴 sleeping tired zzz
😷 mask sick
🤒 thermometer ill sick
🤕 bandage hurt
🤢 nauseated sick
🤯 mind blown exploding
🥳 party face birthday
😎 sunglasses cool
🤓 nerd glasses
🧐 monocle inspect
😕 confused
😟 worried
🙁 frown sad
😲 astonished
😳 flushed embarrassed
🥺 pleading puppy eyes
😨 fearful scared
😰 anxious sweat
😭 loudly crying sob
😱 screaming fear
😖 confounded
😞 disappointed
😩 weary tired
😤 triumph huff
😡 pouting angry red
😠 angry
🤬 swearing symbols
😈 devil horns
💀 skull dead
💩 poo
🤡 clown
👻 ghost
👽 alien
🤖 robot bot
😺 cat grin
🙈 see no evil monkey
👋 wave hello bye
🤚 raised back of hand
✋ raised hand stop high five
👌 ok hand
🤏 pinch small
✌️ victory peace
🤞 fingers crossed luck
🤟 love you
🤘 rock horns
🤙 call me
👈 point left
👉 point right
👆 point up
👇 point down
👎 thumbs down no dislike
✊ raised fist
👊 fist bump
👏 clap applause
🙌 raising hands hooray
🤝 handshake deal
💪 strong muscle arm
🧠 brain smart
🤷 shrug dunno
🤦 facepalm
🙋 raising hand question
💃 dance
🚶 walk
🏃 run
👶 baby
🧑‍💻 technologist laptop code
🐶 dog
🐱 cat
🦊 fox
🐻 bear
🐼 panda
🦁 lion
🐸 frog
🐵 monkey
🐔 chicken
🐧 penguin
🦄 unicorn
🐝 bee
🐛 bug
🦋 butterfly
🐢 turtle
🐍 snake python
🐙 octopus
🐳 whale docker
🌸 blossom flower
🌹 rose
🌻 sunflower
🌲 tree
🍀 clover luck
🍎 apple
🍌 banana
🍓 strawberry
🥑 avocado
🍕 pizza
🍔 burger
🍟 fries
🌮 taco
🍣 sushi
🍜 noodles ramen
🍪 cookie
🎂 cake birthday
🍰 cake slice
☕ coffee tea
🍵 tea
🍺 beer
🍻 cheers beers
🥂 toast champagne
🍷 wine
⚽ football soccer
🏀 basketball
🎮 game
🎵 music note
🎸 guitar
🎬 film movie
🎨 art paint
🎯 target bullseye
🏆 trophy win
🥇 gold medal first
🎁 gift present
🎈 balloon
✨ sparkles
⭐ star
🌟 glowing star
💫 dizzy
🌈 rainbow
☀️ sun
🌙 moon
⚡ lightning fast
❄️ snow cold
🌧️ rain
🌍 earth world
🚀 rocket launch ship
✈️ plane travel
🚗 car
🚲 bicycle bike
🏠 house home
🏖️ beach holiday
⏰ alarm clock time
📅 calendar date
📌 pin
📎 paperclip attach
📝 memo note write
📚 books read
📈 chart up growth
📉 chart down
💡 idea light bulb
🔒 lock secure
🔑 key
🔧 wrench fix tool
🔨 hammer build
🧪 test tube experiment
💻 laptop computer
📱 phone mobile
📷 camera photo
📣 megaphone announce
🔔 bell notify
💬 speech comment
💭 thought
💰 money
💯 hundred perfect
💥 boom explosion
💔 broken heart
🧡 orange heart
💛 yellow heart
💚 green heart
💙 blue heart
💜 purple heart
🖤 black heart
🤍 white heart
❌ cross no wrong
❓ question
❗ exclamation important
⚠️ warning
🚧 construction wip
🛑 stop
♻️ recycle
➕ plus add
🏁 finish flag
🏳️‍🌈 pride flag
`;

/** @type {{emoji: string, words: string}[]} */
export const EMOJI = LINES.trim().split("\n").map((line) => {
  const space = line.indexOf(" ");
  return { emoji: line.slice(0, space), words: line.slice(space + 1) };
});

/** Those with a word that begins as asked, for each word asked. @param {string} asked */
export function findEmoji(asked) {
  const wanted = asked.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (words, start) => words.split(" ").some((word) => word.startsWith(start));
  return EMOJI.filter(({ emoji, words }) => wanted.every((start) => emoji === start || fits(words, start)));
}
