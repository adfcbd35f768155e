// Says when there is something new; never moves what somebody reads. One message, then it is quiet.
(function () {
  "use strict";
  var status = document.getElementById("live");
  if (!status || !window.EventSource) return;
  var address = "/live?path=" + encodeURIComponent(location.pathname);
  if (status.dataset.seen) address += "&seen=" + encodeURIComponent(status.dataset.seen);
  var source = new EventSource(address);
  source.addEventListener("change", function (event) {
    source.close();
    var line = document.createElement("p");
    line.className = "govuk-inset-text";
    line.appendChild(document.createTextNode(JSON.parse(event.data).text + " "));
    var link = document.createElement("a");
    link.className = "govuk-link";
    link.href = location.href;
    link.textContent = "Show them";
    line.appendChild(link);
    status.replaceChildren(line);
  });
  source.addEventListener("idle", function () { source.close(); });
  window.addEventListener("pagehide", function () { source.close(); });
})();
