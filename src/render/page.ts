import type { Templates } from './templates.ts';
import type { View } from './view-model.ts';

/** The report as one HTML file that fetches nothing: everything unfolds, filters and prints by itself. */
export function renderPage(view: View, templates: Pick<Templates, 'page'>): string {
  return templates.page(view);
}
