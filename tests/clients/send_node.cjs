// @segment/analytics-node: identify, track, and the same track once more.
const { Analytics } = require("@segment/analytics-node");

const analytics = new Analytics({ writeKey: process.env.KEY, host: process.env.HOST });
const track = {
  userId: "user-42",
  event: "Order Completed",
  properties: { total: 7 },
  messageId: "the-track",
};

async function main() {
  analytics.identify({
    userId: "user-42",
    traits: { email: "ada@example.com", firstName: "Ada", plan: "pro" },
    messageId: "the-identify",
  });
  await analytics.flush();
  analytics.track(track);
  await analytics.flush();
  analytics.track(track);
  await analytics.closeAndFlush();
}

main();
