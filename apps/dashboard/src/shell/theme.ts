import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const indigo: MantineColorsTuple = [
  '#eef0fd', '#dfe3fa', '#bcc4f4', '#9faaf0', '#7885e8', '#6370e2', '#5462d8', '#4654c8', '#3a47b0', '#2f3a94',
]; // prettier-ignore
const gray: MantineColorsTuple = [
  '#f7f8fa', '#eff1f5', '#e3e6ec', '#d3d8e0', '#b9c0cb', '#8e97a5', '#697280', '#566070', '#3c4452', '#1d2330',
]; // prettier-ignore
const dark: MantineColorsTuple = [
  '#e3e6ec', '#b8bfcc', '#9aa3b2', '#7d8695', '#3f4552', '#2a2e37', '#1f2229', '#16181d', '#111317', '#0c0d10',
]; // prettier-ignore

/** The header of a dialog is none of the page, and its button says what it does. */
const labelled = {
  attributes: { header: { role: 'presentation' } },
  closeButtonProps: { 'aria-label': 'Close' },
};

/** Quiet and dense: system fonts, borders instead of shadows, one accent. */
export const theme = createTheme({
  colors: { indigo, gray, dark },
  primaryColor: 'indigo',
  primaryShade: 7,
  black: '#1d2330',
  defaultRadius: 6,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '18px' },
  headings: {
    fontWeight: '600',
    sizes: { h1: { fontSize: '24px' }, h2: { fontSize: '16px' }, h3: { fontSize: '14px' } },
  },
  cursorType: 'pointer',
  focusRing: 'auto',
  components: {
    Modal: { defaultProps: { centered: true, radius: 8, ...labelled } },
    Drawer: { defaultProps: labelled },
    Menu: {
      defaultProps: { shadow: 'none', position: 'bottom-end', withinPortal: false, withInitialFocusPlaceholder: false },
    },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: false, events: { hover: true, focus: true, touch: true } } },
    Alert: { defaultProps: { variant: 'outline' } },
  },
});

/** What Mantine would show with too little contrast. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': gray[7],
    '--mantine-color-placeholder': gray[6],
    '--mantine-color-anchor': indigo[7],
    '--mantine-color-error': '#c0262d',
    '--nx-surface': gray[0],
    '--nx-line': gray[2],
  },
  dark: {
    '--mantine-color-dimmed': dark[2],
    '--mantine-color-placeholder': dark[2],
    '--mantine-color-anchor': indigo[3],
    '--mantine-color-error': '#ff8a8a',
    '--nx-surface': dark[8],
    '--nx-line': dark[5],
  },
});
