/** The path below which the dashboard and its API are served, as the gateway has written it into the page: empty, or such as `/hr`. */
export const basePath: string = document.querySelector<HTMLElement>('#root')?.dataset['path'] ?? '';
