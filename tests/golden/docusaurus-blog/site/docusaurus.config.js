module.exports = { baseUrl: '/', trailingSlash: false };
