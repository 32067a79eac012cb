// Swagger UI on this server's own schema; calls that change something carry the session's CSRF token.
"use strict";
const place = document.getElementById("explorer");
SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  requestInterceptor: (request) => {
    if (new URL(request.url, location.href).origin === location.origin && request.method !== "GET") {
      request.headers["X-CSRFToken"] = place.dataset.csrf;
    }
    return request;
  },
});
