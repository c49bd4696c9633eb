"use strict";

// Starts Swagger UI on the schema that the page names; requests carry the session and its CSRF token.
(() => {
  const main = document.getElementById("upsell-api");
  const csrfToken = () => (document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/) || [])[1];
  window.SwaggerUIBundle({
    domNode: main,
    url: main.dataset.schemaUrl,
    deepLinking: true,
    requestInterceptor: (request) => {
      const token = csrfToken();
      if (token && new URL(request.url, document.baseURI).origin === window.location.origin) {
        request.headers["X-CSRFToken"] = decodeURIComponent(token);
      }
      return request;
    },
  });
})();
