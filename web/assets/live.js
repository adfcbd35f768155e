// Says when there is something new; never moves what somebody reads.
(function () {
  "use strict";
  var status = document.getElementById("live");
  if (!status || !window.EventSource) return;
  var source = new EventSource("/live?path=" + encodeURIComponent(location.pathname));
  source.addEventListener("change", function (event) {
    var text = JSON.parse(event.data).text;
    var line = document.createElement("p");
    line.className = "govuk-inset-text";
    line.appendChild(document.createTextNode(text + " "));
    var link = document.createElement("a");
    link.className = "govuk-link";
    link.href = location.href;
    link.textContent = "Show them";
    line.appendChild(link);
    status.replaceChildren(line);
  });
  window.addEventListener("pagehide", function () { source.close(); });
})();
