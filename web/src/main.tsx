// Where the page begins: it puts the application into the document, and does nothing else.

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import './style.css';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has an element called root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
