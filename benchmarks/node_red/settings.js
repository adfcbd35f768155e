// Node-RED without its editor; the flow reaches PostgreSQL through global.get("pg").
module.exports = {
  flowFile: "flow.json",
  credentialSecret: false,
  disableEditor: true,
  httpAdminRoot: false,
  httpNodeRoot: false,
  uiHost: "127.0.0.1",
  uiPort: Number(process.env.COMPARISON_PORT),
  functionGlobalContext: { pg: require("pg") },
  telemetry: { enabled: false, updateNotification: false },
  logging: { console: { level: "info", metrics: false, audit: false } },
};
