// analytics-node, the client before @segment/analytics-node: identify, track, and the
// same track once more. Its first event leaves at once and beside its queue, so its end is
// told to the callback alone.
const Analytics = require("analytics-node");

const analytics = new Analytics(process.env.KEY, { host: process.env.HOST });
const track = {
  userId: "user-42",
  event: "Order Completed",
  properties: { total: 7 },
  messageId: "the-track",
};

async function main() {
  await new Promise((done) => {
    analytics.identify(
      {
        userId: "user-42",
        traits: { email: "ada@example.com", firstName: "Ada", plan: "pro" },
        messageId: "the-identify",
      },
      done,
    );
  });
  for (let times = 0; times < 2; times += 1) {
    analytics.track(track);
    await analytics.flush();
  }
}

// It rejects a refused flush, also those of its own that nobody can wait for.
process.on("unhandledRejection", () => {});
main();
