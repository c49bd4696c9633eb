"use strict";

// Starts Swagger UI on the schema that the page names; requests to the shop carry the session and its CSRF token.
(() => {
  const main = document.getElementById("upsell-api");
  window.SwaggerUIBundle({
    domNode: main,
    url: main.dataset.schemaUrl,
    deepLinking: true,
    requestInterceptor: (request) => {
      if (new URL(request.url, document.baseURI).origin === window.location.origin) {
        request.headers["X-CSRFToken"] = main.dataset.csrfToken;
      }
      return request;
    },
  });
})();
